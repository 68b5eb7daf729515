import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageConfig } from "../../model/image.ts";
import { ReasonError } from "../../model/reason.ts";
import type { WorkloadInput } from "../../model/workload.ts";
import { manifestOf, paths } from "../fixtures/manifest.ts";
import { unitOf } from "./unit.ts";

const places = { data: "/data/berth" };

function unit(input: Partial<WorkloadInput> = {}, config: ImageConfig = {}) {
  const properties = unitOf({ manifest: manifestOf(input), config, paths, ...places });
  const names = properties.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, "a property is given twice");
  return (name: string) => properties.find((property) => property.name === name)?.value;
}

test("belongs to Berth's slice and is told its main process", () => {
  const of = unit();
  assert.equal(of("Slice"), "berth.slice");
  assert.equal(of("Type"), "notify");
  // It is the start script itself that tells, and then nobody any more.
  assert.equal(of("NotifyAccess"), "main");
});

test("the manifest's stop signal wins over the image's, SIGTERM is the default", () => {
  assert.equal(unit({ stop: { signal: "SIGUSR1" } }, { StopSignal: "SIGQUIT" })("KillSignal"), 10);
  assert.equal(unit({}, { StopSignal: "SIGQUIT" })("KillSignal"), 3);
  assert.equal(unit({}, { StopSignal: "SIGRTMIN+3" })("KillSignal"), 37);
  assert.equal(unit({}, { StopSignal: "9" })("KillSignal"), 9);
  assert.equal(unit()("KillSignal"), 15);
});

test("a signal Linux does not know is refused by field", () => {
  assert.throws(
    () => unit({ stop: { signal: "SIGWRONG" } }),
    (error) => error instanceof ReasonError && error.reason.field === "stop.signal",
  );
});

test("the grace is systemd's time to stop, but never none at all", () => {
  assert.equal(unit({ stop: { grace: "2m" } })("TimeoutStopUSec"), 120_000_000);
  assert.equal(unit({ stop: { grace: "0s" } })("TimeoutStopUSec"), 10_000_000);
});

test("restarts double their delay up to the longest one, and never give up", () => {
  const of = unit({ restart: { policy: "on-failure", delay: "1s", maxDelay: "1m" } });
  assert.equal(of("Restart"), "on-failure");
  assert.equal(of("RestartUSec"), 1_000_000);
  assert.equal(of("RestartMaxDelayUSec"), 60_000_000);
  assert.equal(of("RestartSteps"), 6);
  assert.equal(of("StartLimitIntervalUSec"), 0);
});

test("a fixed delay has no steps, and never is no restart", () => {
  const of = unit({ restart: { policy: "never", delay: "5s", maxDelay: "5s" } });
  assert.equal(of("Restart"), "no");
  assert.equal(of("RestartSteps"), undefined);
});

test("a start limit is systemd's", () => {
  const of = unit({ restart: { limit: { starts: 5, within: "10m" } } });
  assert.equal(of("StartLimitBurst"), 5);
  assert.equal(of("StartLimitIntervalUSec"), 600_000_000);
});

test("an init takes nothing of the processes the workload may have", () => {
  assert.equal(unit({ init: true, limits: { pids: 64 } })("TasksMax"), 68);
});

test("only an ephemeral root is made anew before each start", () => {
  assert.equal(unit()("ExecStartPre"), undefined);
  assert.notEqual(unit({ root: "ephemeral" })("ExecStartPre"), undefined);
});

test("no secret of the environment is in the unit, which everybody may read", () => {
  const properties = unitOf({
    manifest: manifestOf({ env: { TOKEN: "s3cret" } }),
    config: {},
    paths,
    ...places,
  });
  assert.ok(!JSON.stringify(properties).includes("s3cret"));
});
