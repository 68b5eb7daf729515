import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageConfig } from "../../model/image.ts";
import { HealthCheck } from "../../model/workload/health.ts";
import { healthCheckOf } from "./check-of.ts";

const SECOND = 1_000_000_000;

function ofImage(Healthcheck: ImageConfig["Healthcheck"], more: ImageConfig = {}) {
  return healthCheckOf({}, { Healthcheck, ...more });
}

test("the image's own check serves where the manifest has none", () => {
  const check = ofImage({
    Test: ["CMD", "/check", "--fast"],
    Interval: 5 * SECOND,
    Retries: 7,
    StartPeriod: SECOND / 2,
  });
  assert.deepEqual(check?.exec, ["/check", "--fast"]);
  assert.deepEqual([check?.interval, check?.retries, check?.startPeriod], ["5000ms", 7, "500ms"]);
});

test("what the image leaves out is as with Docker", () => {
  const check = ofImage({ Test: ["CMD", "/check"], Interval: 0, Timeout: null });
  assert.deepEqual(
    [check?.interval, check?.timeout, check?.retries, check?.startPeriod, check?.startInterval],
    ["30s", "30s", 3, "0s", "5s"],
  );
});

test("a line of a shell runs in the image's shell", () => {
  const line = "wget -qO- localhost || exit 1";
  assert.deepEqual(ofImage({ Test: ["CMD-SHELL", line] })?.exec, ["/bin/sh", "-c", line]);
  assert.deepEqual(ofImage({ Test: ["CMD-SHELL", line] }, { Shell: ["/bin/ash", "-ec"] })?.exec, [
    "/bin/ash",
    "-ec",
    line,
  ]);
});

test("NONE, nothing and what is not known are no check", () => {
  for (const Test of [["NONE"], [], null, ["CMD"], ["MAGIC", "x"]]) assert.equal(ofImage({ Test }), undefined);
  assert.equal(healthCheckOf({}, {}), undefined);
});

test("the manifest's check comes first, and may be that there is none", () => {
  const image: ImageConfig = { Healthcheck: { Test: ["CMD", "/check"] } };
  const health = HealthCheck.parse({ tcp: { port: 80 } });
  assert.equal(healthCheckOf({ health }, image), health);
  assert.equal(healthCheckOf({ health: HealthCheck.parse({ disabled: true }) }, image), undefined);
});
