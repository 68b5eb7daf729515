import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { compileExecutable } from "./executable.ts";

// The bundler writes the value of process.arch into the code: it must be the device's, not the build machine's.
for (const [architecture, word] of [
  ["x86_64", "x64"],
  ["aarch64", "arm64"],
] as const) {
  test(`an executable for ${architecture} knows that it runs on ${word}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "berth-executable-"));
    try {
      const entry = join(folder, "entry.ts");
      writeFileSync(entry, 'console.log("runs on " + process.arch);');
      const executable = await compileExecutable(entry, architecture, join(folder, "out"));
      const bytes = readFileSync(executable);
      assert.ok(bytes.includes(`"runs on ${word}"`), `no "runs on ${word}" in the executable`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
