import type { z } from "zod";
import { exampleAt, fieldsOf } from "./fields.ts";
import { code, table } from "./markdown.ts";

/** A reference of all fields of a schema, with what `example` has at each. */
export function fieldTable(schema: z.ZodType, example: unknown): string {
  const rows = fieldsOf(schema).map(({ path, type, required, standard, meaning }) => {
    const shown = show(exampleAt(example, path));
    return [
      code(path),
      type,
      required ? "required" : standard === undefined ? "" : (show(standard) ?? ""),
      meaning,
      shown ?? "",
    ];
  });
  return table(["Field", "Type", "Default", "Meaning", "Example"], rows);
}

/** A value in one line of YAML; undefined for a group, whose fields have rows of their own. */
function show(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) {
    return value.every((item) => typeof item !== "object") ? code(`[${value.map(String).join(", ")}]`) : undefined;
  }
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0 ? code("{}") : undefined;
  const [first = "", ...more] = String(value).split("\n");
  return code(more.length > 1 ? `${first} …` : first);
}
