import assert from "node:assert/strict";
import { test } from "node:test";
import { HealthCheck } from "../model/workload/health.ts";
import { RestartPolicy } from "../model/workload/restart.ts";
import { remedyOf } from "./remedy.ts";

const ALWAYS = RestartPolicy.parse({});

function unit(health: object | undefined) {
  return { check: health === undefined ? undefined : HealthCheck.parse({ tcp: { port: 80 }, ...health }) };
}

test("an unhealthy workload is restarted, unless its check says otherwise", () => {
  assert.equal(remedyOf(unit({}), ALWAYS), "restart");
  assert.equal(remedyOf(unit({ onFailure: "stop" }), ALWAYS), "stop");
  assert.equal(remedyOf(unit({ onFailure: "report" }), ALWAYS), "report");
  assert.equal(remedyOf(unit(undefined), ALWAYS), "report");
});

test("one that is never to be restarted is only reported, and is stopped where that was asked for", () => {
  const never = RestartPolicy.parse({ policy: "never" });
  assert.equal(remedyOf(unit({}), never), "report");
  assert.equal(remedyOf(unit({ onFailure: "stop" }), never), "stop");
});
