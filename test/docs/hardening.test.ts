import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const REPOSITORY = join(import.meta.dirname, "../..");

function testFiles(folder: string): string[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => join(REPOSITORY, folder, name));
}

test("every item of the hardening table names a test that is there", () => {
  const page = readFileSync(join(REPOSITORY, "docs/hardening.md"), "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("|") && !line.startsWith("| ---"));
  const named = rows.flatMap((row) => /`([^`]+)` \|$/.exec(row)?.[1] ?? []);
  const items = rows.flatMap((row) => /^\| 5\.(\d+) /.exec(row)?.[1] ?? []).map(Number);
  assert.deepEqual(
    items,
    Array.from({ length: 31 }, (_, index) => index + 1),
  );
  assert.equal(named.length, rows.length - 2, "a row without a test");
  const sources = [...testFiles("test/e2e/cases"), ...testFiles("services")].map((path) => readFileSync(path, "utf8"));
  const missing = named.filter((name) => !sources.some((source) => source.includes(`test("${name}"`)));
  assert.deepEqual(missing, []);
});
