import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogLine } from "../model/log-line.ts";
import { LogMerge } from "./log-merge.ts";

const line = (message: string, second = 0): LogLine => ({
  at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  stream: "stdout",
  message,
});
const workload = "web";

test("the tail comes first, and live lines that are in it come once", () => {
  const merge = new LogMerge("order-1");
  assert.deepEqual(merge.take({ workload, lines: [line("b", 2), line("c", 3)], end: false }), []);
  assert.deepEqual(merge.take({ workload, order: "order-1", lines: [line("a", 1)], end: false }), [line("a", 1)]);
  const rest = merge.take({ workload, order: "order-1", lines: [line("b", 2)], end: true });
  assert.deepEqual(rest, [line("b", 2), line("c", 3)]);
  assert.deepEqual(merge.take({ workload, lines: [line("d", 4)], end: false }), [line("d", 4)]);
});

test("a line written twice in a moment is shown twice", () => {
  const merge = new LogMerge("order-1");
  merge.take({ workload, order: "order-1", lines: [line("tick"), line("tick")], end: true });
  const live = merge.take({ workload, lines: [line("tick"), line("tick"), line("tick")], end: false });
  assert.deepEqual(live, [line("tick")]);
});

test("the tail another listener asked for is not ours", () => {
  const merge = new LogMerge("order-1");
  assert.deepEqual(merge.take({ workload, order: "order-2", lines: [line("old")], end: true }), []);
  assert.equal(merge.tailComplete, false);
});

test("live lines older than the tail were not asked for", () => {
  const merge = new LogMerge("order-1");
  merge.take({ workload, lines: [line("a", 1), line("b", 2), line("c", 3)], end: false });
  const shown = merge.take({ workload, order: "order-1", lines: [line("b", 2), line("c", 3)], end: true });
  assert.deepEqual(shown, [line("b", 2), line("c", 3)]);
});
