import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const BOUND = /from "(?:bun(?::[a-z]+)?|@jellybrick\/dbus-next)"|\bBun\.|with \{ type: "text" \}/;
const RELATIVE = /(?:from|import\() ?"(\.[^"]+)"/g;

/**
 * Test files below `folder` that reach nothing bound to Bun, themselves or through what they import: Deno must run
 * them as they are. Found by reading, so that no list can fall behind.
 */
export function neutralTests(folder: string): string[] {
  const verdicts = new Map<string, boolean>();
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(folder, name))
    .filter((file) => isNeutral(resolve(file), verdicts))
    .sort();
}

function isNeutral(file: string, verdicts: Map<string, boolean>): boolean {
  const known = verdicts.get(file);
  if (known !== undefined) return known;
  // Taken for neutral while it is looked at, so that a circle of imports ends.
  verdicts.set(file, true);
  const source = existsSync(file) ? readFileSync(file, "utf8") : "";
  const code = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, "");
  const imports = [...code.matchAll(RELATIVE)].map(([, path = ""]) => resolve(dirname(file), path));
  const neutral = !BOUND.test(code) && imports.every((imported) => isNeutral(imported, verdicts));
  verdicts.set(file, neutral);
  return neutral;
}
