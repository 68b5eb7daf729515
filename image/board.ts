import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Architecture, isArchitecture } from "./architecture.ts";
import { PROJECT } from "./paths.ts";

/** A board as its `board.env` describes it. */
export interface Board {
  readonly name: string;
  readonly architecture: Architecture;
  /** The kernel's consoles, as after `console=`; the last is `/dev/console`. */
  readonly consoles: readonly string[];
}

/** Reads `board/NAME/board.env`. Throws an Error that names the file and what is wrong with it. */
export function readBoard(name: string): Board {
  const path = join(PROJECT, "board", name, "board.env");
  if (!existsSync(path)) throw new Error(`board ${name}: ${path} is not there`);
  return parseBoard(name, readFileSync(path, "utf8"));
}

/** A board from its `board.env`: `KEY=value` or `KEY="value"` a line, `#` begins a comment line. */
export function parseBoard(name: string, text: string): Board {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (/^\s*(#|$)/u.test(line)) continue;
    const [, key, quoted, plain] = /^([A-Z_]+)=(?:"([^"]*)"|(\S*))\s*$/u.exec(line) ?? [];
    if (key === undefined) throw new Error(`board ${name}: ${JSON.stringify(line)} is not KEY=value`);
    values.set(key, quoted ?? plain ?? "");
  }
  const architecture = values.get("ARCHITECTURE") ?? "";
  if (!isArchitecture(architecture)) {
    throw new Error(`board ${name}: ARCHITECTURE is ${JSON.stringify(architecture)}, not x86_64 or aarch64`);
  }
  const consoles = (values.get("CONSOLES") ?? "").split(" ").filter((word) => word !== "");
  if (consoles.length === 0) throw new Error(`board ${name}: CONSOLES names no console`);
  return { name, architecture, consoles };
}
