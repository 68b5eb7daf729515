import assert from "node:assert/strict";
import { test } from "node:test";
import { LineBatch } from "./line-batch.ts";

function line(message: string) {
  return { at: "2026-01-01T00:00:00Z", stream: "stdout", message } as const;
}

test("a batch is full by its lines or by their length, so that a message stays small", () => {
  const many = new LineBatch();
  const full = Array.from({ length: 200 }, (_, index) => many.add(line(`${index}`)));
  assert.equal(full.indexOf(true), 199);
  const long = new LineBatch();
  assert(!long.add(line("x".repeat(100_000))));
  assert(long.add(line("x".repeat(100_000))));
});

test("taking the lines empties it, in their order", () => {
  const batch = new LineBatch();
  assert(batch.empty);
  batch.add(line("first"));
  batch.add(line("second"));
  assert.deepEqual(
    batch.take().map(({ message }) => message),
    ["first", "second"],
  );
  assert(batch.empty);
});
