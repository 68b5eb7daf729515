import { ReasonError } from "../model/reason.ts";

/** A compose file that says something no compose file may say. */
export function invalidCompose(field: string, value: unknown, allowed: string): ReasonError {
  const shown = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return new ReasonError({
    code: "invalid-compose",
    message: `${field} is not what the Compose specification allows there`,
    field,
    ...(shown ? { value } : {}),
    allowed,
  });
}
