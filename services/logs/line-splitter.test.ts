import assert from "node:assert/strict";
import { test } from "node:test";
import { LineSplitter, LONGEST_LINE } from "./line-splitter.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (pieces: Iterable<{ bytes: Uint8Array; whole: boolean }>) =>
  [...pieces].map((piece) => `${new TextDecoder().decode(piece.bytes)}${piece.whole ? "" : "+"}`);

test("lines are put together from the pieces they come in", () => {
  const splitter = new LineSplitter();
  assert.deepEqual(texts(splitter.push(bytes("one\ntw"))), ["one"]);
  assert.deepEqual(texts(splitter.push(bytes("o\n\nthree"))), ["two", ""]);
  assert.deepEqual(texts(splitter.end()), ["three"]);
  assert.deepEqual(texts(splitter.end()), []);
});

test("a line that never ends comes in pieces, and is not kept in memory", () => {
  const splitter = new LineSplitter();
  const pieces = texts(splitter.push(bytes("x".repeat(LONGEST_LINE * 2 + 5))));
  assert.deepEqual(pieces, [`${"x".repeat(LONGEST_LINE)}+`, `${"x".repeat(LONGEST_LINE)}+`]);
  assert.deepEqual(texts(splitter.push(bytes("\n"))), ["xxxxx"]);
});
