/** `bun test/docs/generate.ts`: writes every generated document, and the generated parts of pages, from the code. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DOCS, documents } from "./documents.ts";

for (const [name, text] of documents()) {
  const path = join(DOCS, name);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`docs/${name}`);
}
