import assert from "node:assert/strict";
import { test } from "node:test";
import { parseList } from "./list-file.ts";

test("comments and empty lines are no entries", () => {
  const text = "# head\n\ncrun\nerofs-utils   # why\n  /a/#b/*\n";
  assert.deepEqual(parseList(text), ["crun", "erofs-utils", "/a/#b/*"]);
});
