import { failure, type Result, success } from "../model/result.ts";

/** Looking for the line parses the text once a line: longer ones would hold up a boot. */
const MOST_LINES_SEARCHED = 2000;
const MOST_CHARACTERS_SEARCHED = 64 * 1024;

/**
 * Reads YAML 1.2, so also JSON: a list where the text holds several documents, else the value of the one. What it says
 * of a mistake names its kind and about where it is, and none of the text.
 */
export function parseYaml(text: string): Result<unknown> {
  try {
    return success(Bun.YAML.parse(text));
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^YAML Parse error: /, "") : String(error);
    const line = lineOfMistake(text);
    const where = line === undefined ? "" : `, about line ${line}`;
    return failure({ code: "invalid-yaml", message: `it is not YAML: ${why}${where}`, allowed: "YAML 1.2" });
  }
}

/** Writes a value as a YAML document, without its end marker. */
export function formatYaml(value: unknown): string {
  return `${Bun.YAML.stringify(value, null, 2).trimEnd()}\n`;
}

/** The parser does not say where: it is the line after the longest beginning that is YAML. */
function lineOfMistake(text: string): number | undefined {
  const lines = text.split("\n");
  if (lines.length > MOST_LINES_SEARCHED || text.length > MOST_CHARACTERS_SEARCHED) return undefined;
  for (let count = lines.length - 1; count > 0; count--) {
    try {
      Bun.YAML.parse(lines.slice(0, count).join("\n"));
      return count + 1;
    } catch {
      // Still too long.
    }
  }
  return 1;
}
