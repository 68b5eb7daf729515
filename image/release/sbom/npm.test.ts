import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { npmComponents } from "./npm.ts";

const LOCK = `{
  "lockfileVersion": 2,
  "workspaces": { "": { "dependencies": { "@scope/a": "1.0.0", }, "devDependencies": { "compiler": "9.0.0" } } },
  "packages": {
    "@bun/run": ["@bun/run@1.4.4", "", { "os": "linux" }, "sha512-AAEC"],
    "@scope/a": ["@scope/a@1.0.0", "", { "dependencies": { "b": "^1.0.0", "@types/c": "*" } }, "sha512-/w=="],
    "@scope/a/b": ["b@1.5.0", "", { "dependencies": { "c": "*" } }, "sha512-AQ=="],
    "@types/c": ["@types/c@1.0.0", "", {}, "sha512-AQ=="],
    "b": ["b@2.0.0", "", {}, "sha512-AQ=="],
    "c": ["c@3.0.0", "", { "dependencies": { "b": "*" } }, "sha512-AQ=="],
    "compiler": ["compiler@9.0.0", "", {}, "sha512-AQ=="],
  },
}`;

let modules: string;
before(() => {
  modules = mkdtempSync(join(tmpdir(), "berth-modules-"));
  const put = (folder: string, license: string) => {
    mkdirSync(join(modules, folder), { recursive: true });
    writeFileSync(join(modules, folder, "package.json"), JSON.stringify({ license }));
  };
  put("@scope/a", "MIT");
  put("@scope/a/node_modules/b", "ISC");
  put("b", "0BSD");
});
after(() => rmSync(modules, { recursive: true }));

test("what is needed at run time is listed at the version that its user gets, and nothing else", () => {
  const components = npmComponents(LOCK, modules, "@bun/run");
  assert.deepEqual(
    components.map(({ purl, licence }) => [purl, licence]),
    [
      ["pkg:npm/%40bun/run@1.4.4", undefined],
      ["pkg:npm/%40scope/a@1.0.0", "MIT"],
      ["pkg:npm/b@1.5.0", "ISC"],
      ["pkg:npm/b@2.0.0", "0BSD"],
      ["pkg:npm/c@3.0.0", undefined],
    ],
  );
  assert.deepEqual(components[0]?.hashes, [{ alg: "SHA-512", content: "000102" }]);
});

test("a run time that is not locked is refused", () => {
  assert.throws(() => npmComponents(LOCK, modules, "@bun/other"), /bun\.lock has no @bun\/other/);
});
