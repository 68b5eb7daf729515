import type { Reason } from "../../model/reason.ts";
import { ApiError } from "./api.ts";
import { element } from "./dom.ts";

/** Shows why something was refused, with the field, the value and what is allowed. */
export function reasonNodes(reason: Reason): Node[] {
  const facts = [
    ["Field", reason.field],
    ["Value", reason.value === undefined ? undefined : JSON.stringify(reason.value)],
    ["Allowed", reason.allowed],
  ].filter((fact): fact is [string, string] => fact[1] !== undefined);
  const list = element("dl", { class: "reason" });
  for (const [name, value] of facts) list.append(element("dt", {}, name), element("dd", {}, value));
  return [element("p", {}, reason.message), ...(facts.length > 0 ? [list] : [])];
}

/** The reason of whatever was thrown. */
export function reasonOfThrown(error: unknown): Reason {
  if (error instanceof ApiError) return error.reason;
  return { code: "internal-error", message: error instanceof Error ? error.message : String(error) };
}
