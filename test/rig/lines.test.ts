import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "./console-log.ts";
import { LineSplitter } from "./lines.ts";

test("a line that comes in pieces is one line", () => {
  const splitter = new LineSplitter();
  assert.deepEqual(splitter.push("one\r\ntw"), ["one"]);
  assert.deepEqual(splitter.push("o\nthree"), ["two"]);
  assert.equal(splitter.rest, "three");
});

test("a console line loses its control sequences", () => {
  assert.equal(plain("\x1b[?2004h\x1b[1;32mok\x1b[0m berth login:\r"), "ok berth login:");
});
