import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { make } from "./make.ts";

const folder = mkdtempSync(join(tmpdir(), "berth-make-"));
after(() => rmSync(folder, { recursive: true }));
const log = join(folder, "log");

const MAKEFILE = `good:
\t@echo ">>> crun 1.18.2 Building"
\t@bun --version >/dev/null
\t@test "$$BERTH_COMPOSE" = no
bad:
\t@echo "a.fragment:1: CONFIG_A is off or unknown, not y" >&2
\t@exit 3
`;

test("what make says is passed on line by line, and kept in the log; its scripts find Bun", async () => {
  writeFileSync(join(folder, "Makefile"), MAKEFILE);
  const lines: string[] = [];
  await make({ folder, args: ["good"], log, onLine: (line) => lines.push(line) });
  assert.ok(lines.includes(">>> crun 1.18.2 Building"));
  assert.match(readFileSync(log, "utf8"), /^>>> crun 1.18.2 Building$/mu);
});

test("when it fails, the error says why and where all of it is", async () => {
  writeFileSync(join(folder, "Makefile"), MAKEFILE);
  await assert.rejects(make({ folder, args: ["bad"], log }), ({ message }: Error) => {
    assert.match(message, /^make bad failed with exit code 2; all it said is in .*log\n/u);
    assert.match(message, /CONFIG_A is off or unknown/u);
    return /Error 3/u.test(message);
  });
});
