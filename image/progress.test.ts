import assert from "node:assert/strict";
import { test } from "node:test";
import { bar, formatElapsed, Progress } from "./progress.ts";

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 40, write: (text: string) => written.push(text), written };
}

test("times read well", () => {
  assert.equal(formatElapsed(1240), "1.2 s");
  assert.equal(formatElapsed(125_000), "2 min 05 s");
});

test("a bar stays within its width", () => {
  assert.equal(bar(0.5, 4), "██░░");
  assert.equal(bar(7, 4), "████");
  assert.equal(bar(-1, 4), "░░░░");
});

test("a pipe gets plain lines without control characters", async () => {
  const output = recorder(false);
  const progress = new Progress(output);
  await progress.step("Lay it down", async (report) => report.update("half", 0.5));
  const text = output.written.join("");
  assert.match(text, /^> Lay it down\n✓ Lay it down \(\d+\.\d s\)\n$/u);
});

test("a terminal gets one live line, cut to its width", async () => {
  const output = recorder(true);
  const progress = new Progress(output);
  await progress.step("Lay it down", async (report) => report.update("x".repeat(100), 0.5));
  assert.ok(output.written.every((text) => text.replace("\r\x1b[2K", "").length <= 40));
  assert.match(output.written.at(-1) ?? "", /✓ Lay it down/u);
});

test("a failing step says so and passes the error on", async () => {
  const output = recorder(false);
  const progress = new Progress(output);
  const failing = progress.step("Break", () => Promise.reject(new Error("no")));
  await assert.rejects(failing, /no/u);
  assert.match(output.written.join(""), /✗ Break/u);
});
