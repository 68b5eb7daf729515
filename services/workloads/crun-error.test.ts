import assert from "node:assert/strict";
import { test } from "node:test";
import { commandProblem, parseCrunLog, startFailed } from "./crun-error.ts";

// As crun 1.21 writes them with --log-format json.
const MISSING =
  '{ "msg": "executable file `/bin/nosuch` not found: No such file or directory", "level": "error", "time": "2026-11-23T00:25:30.123456Z" }';
const REFUSED =
  '{ "msg": "the path `/etc/passwd` exists but it is not executable: Operation not permitted", "level": "error", "time": "2026-11-23T00:25:31.123456Z" }';
const MOUNT = '{ "msg": "mount `tmpfs` to `a\\"b`: Read-only file system", "level": "error", "time": "x" }';

test("reads crun's messages, also those with quotes", () => {
  assert.deepEqual(parseCrunLog(`${MOUNT}\nno json\n`), ['mount `tmpfs` to `a"b`: Read-only file system']);
});

test("a command that is not there is 127, one that cannot be executed 126, as in a shell", () => {
  assert.equal(commandProblem(parseCrunLog(MISSING))?.exitCode, 127);
  assert.equal(commandProblem(parseCrunLog(REFUSED))?.exitCode, 126);
  assert.equal(commandProblem(parseCrunLog(MOUNT)), undefined);
});

test("a failed start says what crun said, and names the entrypoint where that is at fault", () => {
  const { reason } = startFailed(parseCrunLog(MISSING), "failed");
  assert.equal(reason.code, "start-failed");
  assert.match(reason.message, /nosuch/);
  assert.equal(reason.field, "entrypoint");
  assert.equal(startFailed(parseCrunLog(MOUNT), "failed").reason.field, undefined);
  assert.match(startFailed([], "timeout").reason.message, /timeout/);
});
