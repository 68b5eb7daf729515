import assert from "node:assert/strict";
import { test } from "node:test";
import type { Progress } from "../model/receipt.ts";
import { type OrderView, plainLine, progressLine } from "./progress-line.ts";

const SENT: OrderView = { title: "apply web", status: undefined, progress: undefined, lost: undefined };
const RUNNING: OrderView = { ...SENT, status: "running" };

function pulling(done: number, total?: number): OrderView {
  const progress: Progress = { order: "o", workload: "web", step: "pull", message: "registry.example/web:1", done };
  return { ...RUNNING, progress: total === undefined ? progress : { ...progress, total } };
}

const MIB = 2 ** 20;

test("a pull shows step, bar, bytes, share and time within the terminal's width", () => {
  const line = progressLine(pulling(12 * MIB, 48 * MIB), 4200, 110);
  assert.equal(
    line,
    "apply web  pull  [########----------------------]  12.0 MiB of 48.0 MiB 25 %  registry.example/web:1  4s",
  );
});

test("no line is ever as wide as the terminal, where it would wrap", () => {
  for (const columns of [20, 30, 40, 60, 80, 200]) {
    for (const view of [SENT, RUNNING, pulling(1, 3), pulling(MIB), { ...RUNNING, lost: "x".repeat(300) }]) {
      const line = progressLine(view, 61_000, columns);
      assert(line.length < columns, `${line.length} of ${columns}: ${line}`);
    }
  }
});

test("bytes without a known end show no bar", () => {
  assert.equal(progressLine(pulling(3 * MIB), 1000, 60), "apply web  pull  3.0 MiB  registry.example/web:1  1s");
});

test("more bytes than announced are not more than all", () => {
  assert.match(progressLine(pulling(60 * MIB, 48 * MIB), 0, 100), /100 %/);
});

test("a pipe gets a line for each status and each tenth of a pull, no more", () => {
  const lines: string[] = [];
  let before: OrderView | undefined = SENT;
  const show = (after: OrderView) => {
    const line = plainLine(before, after);
    if (line !== undefined) lines.push(line);
    before = after;
  };
  show({ ...SENT, status: "accepted" });
  show(RUNNING);
  for (let done = 0; done <= 1000; done++) show(pulling(done * MIB, 1000 * MIB));
  show({ ...RUNNING, status: "succeeded" });
  assert.equal(lines[0], "apply web: accepted");
  assert.equal(lines[1], "apply web: running");
  assert.equal(lines[2], "apply web: pull: registry.example/web:1: 0 B of 1000.0 MiB 0 %");
  assert.equal(lines.length, 14);
  assert.equal(lines.at(-1), "apply web: succeeded");
});

test("a lost connection is said once", () => {
  const lost = { ...RUNNING, lost: "connection lost" };
  assert.equal(plainLine(RUNNING, lost), "apply web: connection lost");
  assert.equal(plainLine(lost, lost), undefined);
});
