/** What {@link toYaml} writes. */
export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined };

/**
 * Writes a value as YAML 1.2 for people: texts of several lines (PEM blocks) as literal blocks, other texts quoted as in
 * JSON, which YAML contains. Members that are undefined are left out.
 */
export function toYaml(value: { readonly [key: string]: YamlValue | undefined }): string {
  return mapping(value, "").join("\n").concat("\n");
}

function mapping(value: { readonly [key: string]: YamlValue | undefined }, indent: string): string[] {
  return Object.entries(value).flatMap(([key, member]) => {
    if (member === undefined) return [];
    const [first = "", ...rest] = lines(member, `${indent}  `);
    const name = /^[A-Za-z][A-Za-z0-9_-]*$/.test(key) ? key : JSON.stringify(key);
    return [`${indent}${name}:${first === "" ? "" : ` ${first}`}`, ...rest];
  });
}

/** The first of the lines goes behind the key or the dash. */
function lines(value: YamlValue, indent: string): string[] {
  if (typeof value === "string") {
    if (!value.includes("\n") || !/^\S/.test(value)) return [JSON.stringify(value)];
    const body = value.replace(/\n$/, "").split("\n");
    return [value.endsWith("\n") ? "|" : "|-", ...body.map((line) => (line === "" ? "" : indent + line))];
  }
  if (typeof value !== "object") return [String(value)];
  if (isList(value)) {
    if (value.length === 0) return ["[]"];
    const items = value.map((item) => {
      const [first = "", ...rest] =
        typeof item === "object" && !isList(item) ? nested(item, indent) : lines(item, indent);
      return [`${indent}- ${first}`, ...rest];
    });
    return ["", ...items.flat()];
  }
  if (Object.values(value).every((member) => member === undefined)) return ["{}"];
  return ["", ...mapping(value, indent)];
}

/** A mapping as a list's item: its first key stands behind the dash. */
function nested(value: { readonly [key: string]: YamlValue | undefined }, indent: string): string[] {
  const [first = "{}", ...rest] = mapping(value, `${indent}  `);
  return [first.trimStart(), ...rest];
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}
