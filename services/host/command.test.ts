import assert from "node:assert/strict";
import { test } from "node:test";
import { ReasonError } from "../model/reason.ts";
import { commandLines, mustRun, runCommand } from "./command.ts";

test("gives exit code and both outputs", async () => {
  const result = await runCommand(["sh", "-c", "echo out; echo err >&2; exit 3"]);
  assert.equal(result.exitCode, 3);
  assert.equal(result.stdout, "out\n");
  assert.equal(result.stderr, "err\n");
  assert.equal(result.truncated, false);
});

test("passes standard input, whole or in pieces", async () => {
  assert.equal(await mustRun(["cat"], { stdin: "hello" }), "hello");
  async function* pieces() {
    yield new TextEncoder().encode("a".repeat(200_000));
    yield new TextEncoder().encode("b");
  }
  const result = await runCommand(["wc", "-c"], { stdin: pieces() });
  assert.equal(result.stdout.trim(), "200001");
});

test("a program that reads nothing does not hang or fail the caller", async () => {
  assert.equal((await runCommand(["true"], { stdin: "x".repeat(1_000_000) })).exitCode, 0);
});

test("cuts output at its bound and says so", async () => {
  const result = await runCommand(["sh", "-c", "head -c 5000 /dev/zero | tr '\\0' x"], { outputLimit: 1000 });
  assert.equal(result.stdout.length, 1000);
  assert.equal(result.truncated, true);
});

test("a failure carries the program's complaint", async () => {
  await assert.rejects(mustRun(["sh", "-c", "echo no such thing >&2; exit 2"]), (error) => {
    assert.ok(error instanceof ReasonError);
    assert.equal(error.reason.code, "command-failed");
    assert.match(error.message, /no such thing/);
    return true;
  });
});

test("a program that is not there is a reason, not a crash", async () => {
  await assert.rejects(runCommand(["/nowhere/nothing"]), (error) => {
    assert.ok(error instanceof ReasonError);
    assert.equal(error.reason.code, "command-missing");
    return true;
  });
});

test("ends what takes too long", async () => {
  const result = await runCommand(["sleep", "60"], { timeout: 50 });
  assert.equal(result.timedOut, true);
  assert.equal(result.exitCode, undefined);
});

test("aborting ends the program and the call", async () => {
  const controller = new AbortController();
  const running = runCommand(["sleep", "60"], { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(running, /enough/);
});

test("gives lines as they come and stops quietly when aborted", async () => {
  const controller = new AbortController();
  const lines: string[] = [];
  for await (const line of commandLines(["sh", "-c", "echo one; echo two; exec sleep 60"], {
    signal: controller.signal,
  })) {
    lines.push(line);
    if (lines.length === 2) controller.abort();
  }
  assert.deepEqual(lines, ["one", "two"]);
});

test("tells when the program ended, though what it left running still holds its output", async () => {
  const started = performance.now();
  const controller = new AbortController();
  const running = runCommand(["sh", "-c", "sleep 60 &"], {
    signal: controller.signal,
    onExit: () => controller.abort(new Error("ended")),
  });
  await Promise.race([
    new Promise<void>((resolve) => controller.signal.addEventListener("abort", () => resolve())),
    running.catch(() => undefined),
  ]);
  assert.ok(controller.signal.aborted);
  assert.ok(performance.now() - started < 30_000);
});
