import { readFileSync } from "node:fs";

/** The entries of a list: one a line; empty lines and what follows a `#` are comments. */
export function parseList(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/u, "").trim())
    .filter((line) => line !== "");
}

/** Reads a list file (see {@link parseList}). */
export function readList(path: string): string[] {
  return parseList(readFileSync(path, "utf8"));
}
