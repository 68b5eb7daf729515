import { invalidCompose } from "./problem.ts";

/** Readers of values as YAML gives them; each throws `invalid-compose` naming the field. */

/** A mapping; empty for a key without a value. */
export function mapping(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw invalidCompose(field, value, "a mapping");
  return Object.fromEntries(Object.entries(value));
}

/** A list; one value alone counts as a list of it. */
export function list(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** A text; YAML reads some texts as numbers and booleans. */
export function text(value: unknown, field: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw invalidCompose(field, value, "a text");
}

/** A list of texts. */
export function texts(value: unknown, field: string): string[] {
  return list(value).map((item, index) => text(item, `${field}[${index}]`));
}

/** A boolean, also as a text, which interpolation gives. */
export function boolean(value: unknown, field: string): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw invalidCompose(field, value, "true or false");
}

/** A whole number, also as a text. */
export function integer(value: unknown, field: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isSafeInteger(number)) return number;
  throw invalidCompose(field, value, "a whole number");
}

/** A number, also as a text. */
export function decimal(value: unknown, field: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw invalidCompose(field, value, "a number");
}

/** `KEY=value` pairs as a list or as a mapping; undefined for a key without a value. */
export function pairs(value: unknown, field: string): Array<readonly [key: string, value: string | undefined]> {
  if (!Array.isArray(value))
    return Object.entries(mapping(value, field)).map(([key, member]) => [
      key,
      member === null || member === undefined ? undefined : text(member, `${field}.${key}`),
    ]);
  return texts(value, field).map((pair) => {
    const equals = pair.indexOf("=");
    return equals < 0 ? [pair, undefined] : [pair.slice(0, equals), pair.slice(equals + 1)];
  });
}
