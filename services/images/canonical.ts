import { formatImageReference, type ImageReference, parseImageReference } from "../model/image-reference.ts";
import { ReasonError } from "../model/reason.ts";

/** Parses a reference; throws `invalid-image-reference`. */
export function referenceOf(text: string): ImageReference {
  const parsed = parseImageReference(text);
  if (!parsed.ok) throw new ReasonError(parsed.reason);
  return parsed.value;
}

/** The one way to write a reference. */
export function canonical(text: string): string {
  return formatImageReference(referenceOf(text));
}
