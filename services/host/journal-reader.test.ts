import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJournalLine } from "./journal-reader.ts";

test("reads time, priority and message", () => {
  assert.deepEqual(
    parseJournalLine('{"__REALTIME_TIMESTAMP":"1763856000123456","PRIORITY":"3","MESSAGE":"no such file"}'),
    { at: "2025-11-23T00:00:00.123Z", priority: 3, message: "no such file" },
  );
});

test("bytes that are not UTF-8 stay readable", () => {
  const line = '{"__REALTIME_TIMESTAMP":"1763856000000000","MESSAGE":[99,97,102,233]}';
  assert.equal(parseJournalLine(line)?.message, "caf\uFFFD");
});

test("a message journalctl left out is said to be too long", () => {
  assert.match(
    parseJournalLine('{"__REALTIME_TIMESTAMP":"1763856000000000","MESSAGE":null}')?.message ?? "",
    /too long/,
  );
});

test("what is no entry is passed over", () => {
  assert.equal(parseJournalLine("-- No entries --"), undefined);
  assert.equal(parseJournalLine('{"MESSAGE":"no time"}'), undefined);
});
