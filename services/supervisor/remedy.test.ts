import assert from "node:assert/strict";
import { test } from "node:test";
import { HealthCheck } from "../model/workload/health.ts";
import { remedyOf } from "./remedy.ts";

function unit(health: object | undefined) {
  return { check: health === undefined ? undefined : HealthCheck.parse({ tcp: { port: 80 }, ...health }) };
}

test("an unhealthy workload is restarted, unless its check says otherwise", () => {
  assert.equal(remedyOf(unit({}), "always"), "restart");
  assert.equal(remedyOf(unit({ onFailure: "stop" }), "always"), "stop");
  assert.equal(remedyOf(unit({ onFailure: "report" }), "always"), "report");
  assert.equal(remedyOf(unit(undefined), "always"), "report");
});

test("one that is never to be restarted is only reported, and is stopped where that was asked for", () => {
  assert.equal(remedyOf(unit({}), "never"), "report");
  assert.equal(remedyOf(unit({ onFailure: "stop" }), "never"), "stop");
});
