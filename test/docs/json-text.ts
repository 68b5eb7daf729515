const WIDTH = 120;

/**
 * A value as JSON for people, in the layout of the project's formatter: objects one member a line, a list of plain values
 * on one line where it fits.
 */
export function jsonText(value: unknown): string {
  return `${lay(JSON.parse(JSON.stringify(value)), "", 0)}\n`;
}

/** `taken` is how many characters stand before and behind the value on its line, beside the indent. */
function lay(value: unknown, indent: string, taken: number): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const line = `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
    if (!value.some(isObject) && indent.length + taken + line.length <= WIDTH) return line;
    return `[\n${value.map((item, index) => inner + lay(item, inner, comma(index, value))).join(",\n")}\n${indent}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value);
  const members = entries.map(([key, item], index) => {
    const name = `${JSON.stringify(key)}: `;
    return inner + name + lay(item, inner, name.length + comma(index, entries));
  });
  return members.length === 0 ? "{}" : `{\n${members.join(",\n")}\n${indent}}`;
}

function comma(index: number, items: readonly unknown[]): number {
  return index < items.length - 1 ? 1 : 0;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
