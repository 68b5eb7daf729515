import { nearest } from "../model/nearest.ts";
import { failure, type Result, success } from "../model/result.ts";

/** One option a command knows. */
export interface OptionSpec {
  /** A list is a text that may be given more than once. */
  readonly kind: "flag" | "text" | "count" | "list";
  /** One letter, for `-f`. */
  readonly short?: string;
  /** What the help calls the value, such as FILE. */
  readonly value?: string;
  readonly summary: string;
  /** The greatest count allowed. */
  readonly most?: number;
}

/** Options by their long name. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** A parsed command line. Asking for an option the command does not define is a mistake in the command and throws. */
export interface Arguments {
  /** Whether `--name` was given. */
  flag(name: string): boolean;
  text(name: string): string | undefined;
  count(name: string): number | undefined;
  /** Every value of an option that may be given more than once, in order. */
  list(name: string): readonly string[];
  /** Words that are no options, in order. */
  readonly operands: readonly string[];
  /** What stands after `--`; undefined without one. */
  readonly rest: readonly string[] | undefined;
}

type Value = true | string | number | readonly string[];

/**
 * Parses a command line: `--name value`, `--name=value`, `-n value`, `-nvalue`, joined short flags, and `--`, after which
 * nothing is an option. Source: POSIX.1-2024 §12.2 with GNU long options.
 */
export function parseArguments(words: readonly string[], options: OptionTable): Result<Arguments> {
  const values = new Map<string, Value>();
  const operands: string[] = [];
  let rest: string[] | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "--") {
      rest = words.slice(index + 1);
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      continue;
    }
    const read = word.startsWith("--") ? readLong(word, options) : readShort(word, options);
    if (!read.ok) return read;
    for (const { name, written, inline } of read.value) {
      const spec = options[name];
      if (spec === undefined) return unknownOption(written, options);
      if (spec.kind === "flag") {
        if (inline !== undefined) return wrong(written, inline, "takes no value", "the option alone");
        values.set(name, true);
        continue;
      }
      const text = inline ?? words[++index];
      if (text === undefined) return wrong(written, undefined, "needs a value", spec.value ?? "a value");
      if (spec.kind === "list") {
        const before = values.get(name);
        values.set(name, [...(Array.isArray(before) ? before : []), text]);
        continue;
      }
      const value = spec.kind === "count" ? readCount(written, text, spec) : success(text);
      if (!value.ok) return value;
      values.set(name, value.value);
    }
  }
  return success(new ParsedArguments(options, values, operands, rest));
}

interface Read {
  readonly name: string;
  readonly written: string;
  readonly inline: string | undefined;
}

function readLong(word: string, options: OptionTable): Result<Read[]> {
  const equals = word.indexOf("=");
  const written = equals < 0 ? word : word.slice(0, equals);
  const inline = equals < 0 ? undefined : word.slice(equals + 1);
  const name = written.slice(2);
  return Object.hasOwn(options, name) ? success([{ name, written, inline }]) : unknownOption(written, options);
}

function readShort(word: string, options: OptionTable): Result<Read[]> {
  const found: Read[] = [];
  for (let index = 1; index < word.length; index++) {
    const letter = word[index];
    const name = Object.keys(options).find((candidate) => options[candidate]?.short === letter);
    const written = `-${letter}`;
    if (name === undefined) return unknownOption(written, options);
    if (options[name]?.kind === "flag") {
      found.push({ name, written, inline: undefined });
      continue;
    }
    const tail = word.slice(index + 1).replace(/^=/, "");
    found.push({ name, written, inline: tail === "" ? undefined : tail });
    break;
  }
  return success(found);
}

function readCount(written: string, text: string, spec: OptionSpec): Result<number> {
  const count = Number(text);
  const allowed = spec.most === undefined ? "a whole number from 0" : `a whole number from 0 to ${spec.most}`;
  if (!/^[0-9]+$/.test(text) || count > (spec.most ?? Number.MAX_SAFE_INTEGER)) {
    return wrong(written, text, "is not such a number", allowed);
  }
  return success(count);
}

function wrong(option: string, value: string | undefined, why: string, allowed: string): Result<never> {
  return failure({
    code: "usage",
    message: `${option} ${value === undefined ? "" : `${JSON.stringify(value)} `}${why}`,
    field: option,
    ...(value === undefined ? {} : { value }),
    allowed,
  });
}

function unknownOption(written: string, options: OptionTable): Result<never> {
  const known = Object.keys(options);
  const near = written.startsWith("--") ? nearest(written.slice(2), known) : undefined;
  return failure({
    code: "usage",
    message: `there is no option ${written}${near === undefined ? "" : `; did you mean --${near}?`}`,
    allowed: known.map((name) => `--${name}`).join(", "),
  });
}

class ParsedArguments implements Arguments {
  readonly #options: OptionTable;
  readonly #values: ReadonlyMap<string, Value>;
  readonly operands: readonly string[];
  readonly rest: readonly string[] | undefined;

  constructor(
    options: OptionTable,
    values: ReadonlyMap<string, Value>,
    operands: readonly string[],
    rest: readonly string[] | undefined,
  ) {
    this.#options = options;
    this.#values = values;
    this.operands = operands;
    this.rest = rest;
  }

  flag(name: string): boolean {
    return this.#value(name, "flag") === true;
  }

  text(name: string): string | undefined {
    const value = this.#value(name, "text");
    return typeof value === "string" ? value : undefined;
  }

  count(name: string): number | undefined {
    const value = this.#value(name, "count");
    return typeof value === "number" ? value : undefined;
  }

  list(name: string): readonly string[] {
    const value = this.#value(name, "list");
    return Array.isArray(value) ? value : [];
  }

  #value(name: string, kind: OptionSpec["kind"]): Value | undefined {
    if (this.#options[name]?.kind !== kind) throw new TypeError(`the command defines no ${kind} --${name}`);
    return this.#values.get(name);
  }
}
