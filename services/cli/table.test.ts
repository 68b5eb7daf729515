import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTable } from "./table.ts";

test("columns line up, and lines end where their text ends", () => {
  const rows = [
    ["web", "running", "8080"],
    ["database", "x", ""],
  ];
  assert.deepEqual(formatTable(["NAME", "PHASE", "PORTS"], rows), [
    "NAME      PHASE    PORTS",
    "web       running  8080",
    "database  x",
  ]);
});

test("a column with nothing in it is left out", () => {
  assert.deepEqual(formatTable(["A", "B", "C"], [["1", "", "3"]]), ["A  C", "1  3"]);
});
