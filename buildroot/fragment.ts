/** A Buildroot configuration fragment: `BR2_NAME=value` or `# BR2_NAME is not set` a line, and comments. */
export interface Fragment {
  /** Where it comes from, as the merged file says. */
  readonly name: string;
  readonly text: string;
}

/** What `@NAME@` in a fragment stands for. */
export type Substitutions = Readonly<Record<string, string>>;

/** The symbol a line sets or switches off; undefined for a comment or an empty line. */
export function symbolOf(line: string): string | undefined {
  const [, off, set] = /^(?:# ([A-Z][A-Za-z0-9_]*) is not set|([A-Z][A-Za-z0-9_]*)=.+)$/u.exec(line) ?? [];
  return off ?? set;
}

/**
 * Merges fragments to one configuration: of a symbol that several set, the last counts. Throws an Error that names the
 * fragment and line when a line is neither a setting nor a comment, or a `@NAME@` stands for nothing.
 */
export function mergeFragments(fragments: readonly Fragment[], substitutions: Substitutions): string {
  const settings = new Map<string, { readonly line: string; readonly from: string }>();
  for (const { name, text } of fragments) {
    for (const [index, raw] of text.split("\n").entries()) {
      const where = `${name}:${index + 1}`;
      const line = substitute(raw.trimEnd(), substitutions, where);
      const symbol = symbolOf(line);
      if (symbol === undefined) {
        if (line !== "" && !line.startsWith("#")) throw new Error(`${where}: ${JSON.stringify(line)} sets nothing`);
        continue;
      }
      // Behind what other fragments say, so that each stays in one piece.
      settings.delete(symbol);
      settings.set(symbol, { line, from: name });
    }
  }
  const lines: string[] = [];
  let from = "";
  for (const setting of settings.values()) {
    if (setting.from !== from) {
      from = setting.from;
      lines.push("", `# ${from}`);
    }
    lines.push(setting.line);
  }
  return `${lines.join("\n").trimStart()}\n`;
}

function substitute(line: string, substitutions: Substitutions, where: string): string {
  // In a comment it may be spoken of.
  if (symbolOf(line) === undefined) return line;
  return line.replace(/@([A-Z_]+)@/gu, (_, name: string) => {
    const value = substitutions[name];
    if (value === undefined) throw new Error(`${where}: @${name}@ stands for nothing`);
    return value;
  });
}
