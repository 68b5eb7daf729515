/** What a registry asks for in `WWW-Authenticate` (RFC 9110 §11.6.1). */
export interface Challenge {
  /** Lower-case, such as bearer or basic. */
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const PARAMETER = /\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*,?/y;

/** Reads the challenges of a `WWW-Authenticate` header; what cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let position = 0;
  while (position < header.length) {
    const gap = /[\s,]*/y;
    gap.lastIndex = position;
    gap.exec(header);
    TOKEN.lastIndex = gap.lastIndex;
    const scheme = TOKEN.exec(header);
    if (scheme === null) break;
    position = TOKEN.lastIndex;
    const parameters = new Map<string, string>();
    for (;;) {
      PARAMETER.lastIndex = position;
      const parameter = PARAMETER.exec(header);
      if (parameter === null) break;
      const [, name = "", quoted, plain] = parameter;
      parameters.set(name.toLowerCase(), quoted === undefined ? (plain ?? "") : quoted.replace(/\\(.)/g, "$1"));
      position = PARAMETER.lastIndex;
    }
    challenges.push({ scheme: scheme[0].toLowerCase(), parameters });
  }
  return challenges;
}
