/**
 * `bun buildroot/kconfig.ts CONFIG FRAGMENT…`: says which symbols of the fragments a finished configuration (the kernel's,
 * or Buildroot's) does not have as they are set. Kconfig drops what lacks a dependency, or a name it does not know, without
 * a word.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** A finished configuration: each symbol with its value; one that is off is not there. */
export type Configuration = ReadonlyMap<string, string>;

/** What a fragment asks for; undefined is off. */
export interface Wish {
  readonly symbol: string;
  readonly value: string | undefined;
  /** The fragment and line it stands in. */
  readonly where: string;
}

/** Reads a `.config`. Source: Documentation/kbuild/kconfig.rst. */
export function parseConfiguration(text: string): Configuration {
  return new Map(
    wishes("config", text).flatMap(({ symbol, value }) => (value === undefined ? [] : [[symbol, value] as const])),
  );
}

/** What a fragment asks for, line by line. Throws an Error that names a line which is no setting. */
export function wishes(name: string, text: string): Wish[] {
  return text.split("\n").flatMap((raw, index) => {
    const line = raw.trim();
    const where = `${name}:${index + 1}`;
    const [, off, set, value] = /^(?:# ([A-Z]\w+) is not set|([A-Z]\w+)=(.*))$/u.exec(line) ?? [];
    if (off !== undefined) return [{ symbol: off, value: undefined, where }];
    if (set !== undefined) return [{ symbol: set, value: value === "n" ? undefined : value, where }];
    if (line !== "" && !line.startsWith("#")) throw new Error(`${where}: ${JSON.stringify(line)} sets nothing`);
    return [];
  });
}

/** What was asked for and is not so, one sentence each. Of a symbol asked for twice, the last counts. */
export function unfulfilled(config: Configuration, asked: readonly Wish[]): string[] {
  const last = new Map(asked.map((wish) => [wish.symbol, wish]));
  return [...last.values()].flatMap(({ symbol, value, where }) => {
    const found = config.get(symbol);
    if (found === value) return [];
    return [`${where}: ${symbol} is ${found ?? "off or unknown"}, not ${value ?? "off"}`];
  });
}

function main(): void {
  const [config, ...fragments] = process.argv.slice(2);
  if (config === undefined || fragments.length === 0) throw new Error("usage: kconfig.ts CONFIG FRAGMENT…");
  const asked = fragments.flatMap((path) => wishes(basename(path), readFileSync(path, "utf8")));
  const problems = unfulfilled(parseConfiguration(readFileSync(config, "utf8")), asked);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

if (import.meta.main) main();
