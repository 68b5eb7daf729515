import assert from "node:assert/strict";
import { test } from "node:test";
import { isGuestNote, parseGuestExit } from "./exit-note.ts";

const note = (qemu: string, said: string) => `${qemu}\nmemory 1000 max\nguest\n${said}\n`;
const MEMORY = { memory: { peak: 1000, limit: undefined } };

test("a guest's note is told from a container's", () => {
  assert.equal(isGuestNote(note("success exited 0", "")), true);
  assert.equal(isGuestNote("success exited 0\nmemory 1 max\n"), false);
});

test("a workload ended as its guest says", () => {
  const cases: [string, object][] = [
    ["exit 0", { code: 0, signal: undefined, result: "success" }],
    ["exit 3", { code: 3, signal: undefined, result: "exit-code" }],
    ["signal 15", { code: undefined, signal: "SIGTERM", result: "signal" }],
    ["signal 9\noom", { code: undefined, signal: "SIGKILL", result: "oom-kill" }],
    [
      "failed crun: no such file",
      { code: undefined, signal: undefined, result: "start-failed", detail: "crun: no such file" },
    ],
  ];
  for (const [said, exit] of cases)
    assert.deepEqual(parseGuestExit(note("success exited 0", said)), { ...exit, ...MEMORY });
});

test("what a guest must not say is not believed: it died", () => {
  for (const said of [
    "",
    "exit 999",
    "exit -1",
    "signal 99",
    "exit 0x10",
    "success",
    "exit 1; reboot",
    "x".repeat(4000),
  ]) {
    assert.equal(parseGuestExit(note("success exited 0", said))?.result, "guest-died", said);
  }
});

test("without a word of the guest the end is QEMU's", () => {
  assert.deepEqual(parseGuestExit(note("signal killed KILL", "")), {
    code: undefined,
    signal: "SIGKILL",
    result: "signal",
    ...MEMORY,
  });
  assert.equal(parseGuestExit(note("oom-kill killed KILL", ""))?.result, "oom-kill");
  assert.equal(parseGuestExit(note("exit-code exited 1", ""))?.result, "qemu-failed");
});
