import assert from "node:assert/strict";
import { test } from "node:test";
import { droppedEntry, entryHead, parseEntry } from "./entry.ts";

const at = new Date("2026-01-01T00:00:00.123Z");

test("what is written is read again, whatever the message holds", () => {
  for (const message of ["plain", "", " spaces  ", "2026 stdout F like an entry", "carriage\rreturn"]) {
    assert.deepEqual(parseEntry(`${entryHead(at, "stderr", "F")}${message}`), {
      at: "2026-01-01T00:00:00.123Z",
      stream: "stderr",
      message,
    });
  }
});

test("dropped lines are told by number, to people and to programs", () => {
  const line = parseEntry(droppedEntry(at, 12, "more than allowed").trimEnd());
  assert.equal(line?.dropped, 12);
  assert.equal(line.message, "[12 lines dropped: more than allowed]");
  assert.match(droppedEntry(at, 1, "x"), /\[1 line dropped/);
});

test("what a power cut tore is passed over", () => {
  for (const torn of ["", "\0\0\0\0", "2026-01-01T00:00", "yesterday stdout F a", "2026-01-01T00:00:00Z stdin F a"]) {
    assert.equal(parseEntry(torn), undefined);
  }
});
