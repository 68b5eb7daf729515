import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseBoard, readBoard } from "./board.ts";
import { PROJECT } from "./paths.ts";

test("every board of the project is read, with a console", () => {
  const names = readdirSync(join(PROJECT, "board"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "common")
    .map(({ name }) => name);
  assert.ok(names.includes("x86_64-uefi") && names.includes("arm64-uefi"));
  for (const name of names) assert.ok(readBoard(name).consoles.length > 0, name);
});

test("what a board lacks is told by name", () => {
  assert.throws(() => parseBoard("odd", "ARCHITECTURE=sparc\n"), /board odd: ARCHITECTURE is "sparc"/u);
  assert.throws(() => parseBoard("odd", "ARCHITECTURE=aarch64\n"), /board odd: CONSOLES names no console/u);
  assert.throws(() => parseBoard("odd", "rm -rf /\n"), /is not KEY=value/u);
});
