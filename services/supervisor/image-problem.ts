import { ReasonError } from "../model/reason.ts";

/** What would have been accepted, where the refusal itself does not say. */
const ALLOWED: ReadonlyMap<string, string> = new Map([
  ["image-not-found", "an image and tag its registry has"],
  ["registry-refused", "an image its registry gives to anybody"],
  ["registry-unreachable", "an image of a registry that answers, or one that was imported"],
]);

/** Why an image could not be brought here, as a fault of the manifest's field that names it. */
export function imageProblem(error: unknown, reference: string): unknown {
  if (!(error instanceof ReasonError)) return error;
  const { reason, transient } = error;
  const { field = "image" } = reason;
  const allowed = ALLOWED.get(reason.code);
  // What says itself what is allowed says so of the value it names.
  const own = reason.allowed !== undefined || allowed === undefined;
  const fault = own ? { ...reason, field } : { ...reason, field, value: reference, allowed };
  return new ReasonError(fault, { transient, cause: error });
}
