import { createHash } from "node:crypto";
import { z } from "zod";
import type { Action } from "../model/action.ts";
import { byDigest, parseImageReference } from "../model/image-reference.ts";
import { Workload } from "../model/workload.ts";

/**
 * What one workload shall be: its manifest, whether it runs, and the digest of its image, so that it runs the same image also
 * after its tag moved. Without a digest, as in an order that was not carried out yet, its reference says which.
 */
export const Target = z.strictObject({
  manifest: Workload,
  run: z.enum(["running", "stopped"]),
  digest: z.string().exactOptional(),
});
export type Target = z.infer<typeof Target>;

/** What a state-changing order makes of a workload: a {@link Target}, or `removed`. */
export const Outcome = z.union([Target, z.literal("removed")]);
export type Outcome = z.infer<typeof Outcome>;

/**
 * What `action` makes of a workload that shall be `present` so far; undefined for an act, which changes no desired
 * state, and for an action on a workload that is not there.
 */
export function outcomeOf(action: Action, present: Target | undefined): Outcome | undefined {
  switch (action.kind) {
    case "apply":
      return { manifest: action.manifest, run: "running" };
    case "remove":
      return present === undefined ? undefined : "removed";
    case "start":
      return present === undefined ? undefined : { ...present, run: "running" };
    case "stop":
      return present === undefined ? undefined : { ...present, run: "stopped" };
    case "restart":
    case "exec":
    case "logs":
    case "stats":
    case "query":
    case "remove-volume":
    case "remove-image":
    case "prune-images":
      return undefined;
  }
}

/** What to ask a registry for: the image a target's digest names, else what its reference means now. */
export function referenceOf({ manifest, digest }: Target): string {
  const parsed = parseImageReference(manifest.image);
  if (digest === undefined || !parsed.ok) return manifest.image;
  return byDigest(parsed.value, digest);
}

/** What a manifest says of other times than those its process runs in. */
const NO_BUSINESS = { after: undefined, pull: undefined, schedule: undefined, update: undefined };

/**
 * A short text that changes when what runs would change: the manifest, but for what is no business of a process that runs, or
 * the image behind its reference.
 */
export function fingerprintOf(manifest: Workload, imageDigest: string): string {
  return createHash("sha256")
    .update(canonicalJson([{ ...manifest, ...NO_BUSINESS }, imageDigest]))
    .digest("hex")
    .slice(0, 32);
}

/** Whether a process that runs by one manifest is as good as by the other, of the same image. */
export function runsAlike(one: Workload, other: Workload): boolean {
  return fingerprintOf(one, "") === fingerprintOf(other, "");
}

/** JSON with sorted keys, so that equal values give equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
