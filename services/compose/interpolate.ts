import { ReasonError } from "../model/reason.ts";

/** Values of variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A text with its variables filled in, and the names of those that have no value and no default. */
export interface Interpolated {
  readonly text: string;
  readonly unset: readonly string[];
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

/**
 * Fills in `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?error}`, `${NAME?error}`,
 * `${NAME:+value}` and `${NAME+value}`, also nested; `$$` is a dollar. A variable without a value is empty. Throws
 * `variable-missing` and `invalid-compose`. Source: Compose specification, 12-interpolation.md.
 */
export function interpolate(text: string, variables: Variables, field: string): Interpolated {
  const unset: string[] = [];
  const filled = fill(text, { variables, field, unset });
  return { text: filled, unset };
}

interface Filling {
  readonly variables: Variables;
  readonly field: string;
  readonly unset: string[];
}

function fill(text: string, filling: Filling): string {
  let filled = "";
  for (let at = 0; at < text.length; ) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0) return filled + text.slice(at);
    filled += text.slice(at, dollar);
    const rest = text.slice(dollar + 1);
    const name = NAME.exec(rest)?.[0];
    if (rest.startsWith("$")) {
      filled += "$";
      at = dollar + 2;
    } else if (rest.startsWith("{")) {
      const end = closing(text, dollar + 2);
      if (end === undefined) throw malformed(text, filling.field);
      filled += braced(text.slice(dollar + 2, end), filling);
      at = end + 1;
    } else if (name !== undefined) {
      filled += plain(name, filling);
      at = dollar + 1 + name.length;
    } else {
      throw malformed(text, filling.field);
    }
  }
  return filled;
}

/** Where the brace that was opened before `start` is closed. */
function closing(text: string, start: number): number | undefined {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text.startsWith("${", at)) depth++;
    else if (text[at] === "}") depth--;
    if (depth === 0) return at;
  }
  return undefined;
}

function plain(name: string, { variables, unset }: Filling): string {
  const value = variables[name];
  if (value === undefined) unset.push(name);
  return value ?? "";
}

function braced(inside: string, filling: Filling): string {
  const name = NAME.exec(inside)?.[0];
  const match = name === undefined ? null : /^(:?[-?+])?([\s\S]*)$/.exec(inside.slice(name.length));
  const [, operator, operand = ""] = match ?? [];
  if (name === undefined || (operator === undefined && operand !== "")) throw malformed(`\${${inside}}`, filling.field);
  const value = filling.variables[name];
  const has = value !== undefined && !(operator?.startsWith(":") === true && value === "");
  switch (operator?.slice(-1)) {
    case "-":
      return has ? value : fill(operand, filling);
    case "+":
      return has ? fill(operand, filling) : "";
    case "?":
      if (has) return value;
      throw new ReasonError({
        code: "variable-missing",
        message: `${filling.field} needs the variable ${name}${operand === "" ? "" : `: ${fill(operand, filling)}`}`,
        field: filling.field,
        allowed: `${name} in the environment`,
      });
    default:
      return plain(name, filling);
  }
}

function malformed(text: string, field: string): ReasonError {
  return new ReasonError({
    code: "invalid-compose",
    message: `${field} has a $ that begins no variable`,
    field,
    value: text,
    allowed: `$NAME, \${NAME}, \${NAME:-default}, or $$ for a dollar`,
  });
}
