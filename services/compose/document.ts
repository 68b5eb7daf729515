import { interpolate, type Variables } from "./interpolate.ts";
import type { LeftOut } from "./left-out.ts";

/** Fills in the variables of every text in a parsed compose file; keys stay as they are. Notes what has no value. */
export function interpolateDocument(document: unknown, variables: Variables, leftOut: LeftOut[]): unknown {
  return walk(document, "", (text, field) => {
    const filled = interpolate(text, variables, field);
    for (const name of filled.unset)
      leftOut.push({ field, why: `the variable ${name} has no value and is empty there` });
    return filled.text;
  });
}

function walk(value: unknown, field: string, fill: (text: string, field: string) => string): unknown {
  if (typeof value === "string") return value.includes("$") ? fill(value, field) : value;
  if (Array.isArray(value)) return value.map((item, index) => walk(item, `${field}[${index}]`, fill));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, walk(member, field === "" ? key : `${field}.${key}`, fill)]),
  );
}
