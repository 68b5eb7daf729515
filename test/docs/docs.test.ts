import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { Configuration } from "../../services/model/configuration.ts";
import { parse } from "../../services/model/parse.ts";
import { Workload } from "../../services/model/workload.ts";
import { DOCS, documents, example } from "./documents.ts";
import { fieldsOf } from "./fields.ts";
import { reasonMismatches } from "./reasons.ts";

const PROJECT = join(DOCS, "..");
const read = (name: string) => readFileSync(join(DOCS, name), "utf8");

test("every generated document is what the code says now", () => {
  for (const [name, text] of documents()) {
    const path = join(DOCS, name);
    const kept = existsSync(path) ? readFileSync(path, "utf8") : "";
    assert(kept === text, `docs/${name} is out of date: run bun run docs`);
  }
});

test("every field has a meaning", () => {
  for (const schema of [Workload, Configuration]) {
    for (const { path, meaning } of fieldsOf(schema)) assert.notEqual(meaning, "", `${path} says nothing of itself`);
  }
});

test("every reason code of the program is explained, and nothing else is", () => {
  assert.deepEqual(reasonMismatches(), { unexplained: [], unused: [] });
});

test("the examples are accepted", () => {
  const cases = [
    ["manifest.md", Workload],
    ["configuration.md", Configuration],
  ] as const;
  for (const [name, schema] of cases) {
    const parsed = parse(schema, example(read(name)));
    assert(parsed.ok, `${name}: ${parsed.ok ? "" : parsed.reason.message}`);
  }
});

test("every link of a page leads to a file of the project", () => {
  const pages = readdirSync(DOCS, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(DOCS, name));
  for (const page of [...pages, join(PROJECT, "README.md"), join(PROJECT, "test/README.md")]) {
    for (const [, link = ""] of readFileSync(page, "utf8").matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      assert(existsSync(resolve(dirname(page), link)), `${page}: ${link} is not there`);
    }
  }
});
