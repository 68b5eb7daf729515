import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startWatchdog, watchdogInterval } from "./watchdog.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A watchdog over a check the test answers, and over time the test moves. */
function rig(check: () => Promise<boolean> | boolean, environment = { WATCHDOG_USEC: "30000000" }) {
  const told: string[] = [];
  const failures: string[] = [];
  const waiting: { work: () => void; milliseconds: number }[] = [];
  const stop = startWatchdog({
    environment,
    check,
    notifier: { keepAlive: () => told.push("alive") },
    onFailure: (error) => failures.push(error instanceof Error ? error.message : String(error)),
    schedule: (work, milliseconds) => {
      const entry = { work, milliseconds };
      waiting.push(entry);
      return () => waiting.splice(waiting.indexOf(entry), 1);
    },
  });
  const pass = async () => {
    const due = waiting.shift();
    due?.work();
    await settle();
    return due?.milliseconds;
  };
  return { told, failures, waiting, stop, pass };
}

describe("startWatchdog", () => {
  test("tells the service manager at a third of its time, each time after a check", async () => {
    let checks = 0;
    const { told, pass } = rig(() => {
      checks += 1;
      return true;
    });
    assert.deepEqual([await pass(), await pass(), await pass()], [10_000, 10_000, 10_000]);
    assert.deepEqual([checks, told.length], [3, 3]);
  });

  test("is silent while the check fails or throws, and speaks again after", async () => {
    const answers = [() => false, () => Promise.reject(new Error("disk I/O error")), () => true];
    const { told, failures, pass } = rig(() => answers.shift()?.() ?? false);
    await pass();
    await pass();
    assert.deepEqual(told, []);
    assert.match(failures[0] ?? "", /not working/);
    assert.equal(failures[1], "disk I/O error");
    await pass();
    assert.deepEqual(told, ["alive"]);
  });

  test("is silent while a check hangs, and starts no other", async () => {
    const { told, waiting, pass } = rig(() => new Promise<boolean>(() => undefined));
    await pass();
    assert.deepEqual([told.length, waiting.length], [0, 0]);
  });

  test("ends when told, also in the midst of a check", async () => {
    let answer: (alive: boolean) => void = () => undefined;
    const { told, waiting, stop, pass } = rig(
      () =>
        new Promise<boolean>((resolve) => {
          answer = resolve;
        }),
    );
    await pass();
    stop();
    answer(true);
    await settle();
    assert.deepEqual([told.length, waiting.length], [0, 0]);
    const idle = rig(() => true);
    idle.stop();
    assert.equal(idle.waiting.length, 0);
  });

  test("runs on the real clock", async () => {
    const alive = await new Promise<boolean>((resolve) => {
      const stop = startWatchdog({
        environment: { WATCHDOG_USEC: "3000", WATCHDOG_PID: String(process.pid) },
        check: () => true,
        notifier: {
          keepAlive: () => {
            stop();
            resolve(true);
          },
        },
        onFailure: assert.ifError,
      });
    });
    assert.ok(alive);
  });
});

test("there is nothing to do without a watchdog, or with one for another process", () => {
  assert.equal(watchdogInterval({}, 7), undefined);
  assert.equal(watchdogInterval({ WATCHDOG_USEC: "0" }, 7), undefined);
  assert.equal(watchdogInterval({ WATCHDOG_USEC: "soon" }, 7), undefined);
  assert.equal(watchdogInterval({ WATCHDOG_USEC: "3000000", WATCHDOG_PID: "8" }, 7), undefined);
  assert.equal(watchdogInterval({ WATCHDOG_USEC: "3000000", WATCHDOG_PID: "7" }, 7), 1000);
  assert.equal(rig(() => true, { WATCHDOG_USEC: "" }).waiting.length, 0);
});
