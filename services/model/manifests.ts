import { reasonsOf } from "./parse.ts";
import type { Reason } from "./reason.ts";
import { Workload } from "./workload.ts";

/** Manifests that were read, and everything wrong with those that could not be. */
export interface ReadManifests {
  readonly manifests: readonly Workload[];
  readonly problems: readonly Reason[];
}

/** Reads the manifests of one text, already parsed: one document, or a list of them. Empty documents are passed over. */
export function readManifests(source: string, parsed: unknown): ReadManifests {
  const documents = Array.isArray(parsed) ? parsed : [parsed];
  const manifests: Workload[] = [];
  const problems: Reason[] = [];
  for (const [index, document] of documents.entries()) {
    if (document === null || document === undefined) continue;
    const place = documents.length === 1 ? source : `${source}, document ${index + 1}`;
    const result = Workload.safeParse(document);
    if (result.success) manifests.push(result.data);
    else problems.push(...reasonsOf(Workload, document, result.error).map((reason) => located(reason, place)));
  }
  if (manifests.length === 0 && problems.length === 0) {
    problems.push({ code: "empty-manifest", message: `${source} holds no manifest`, allowed: "a workload manifest" });
  }
  return { manifests, problems };
}

/** A workload named twice, where only one of the two could be meant. */
export function repeatedName(manifests: readonly Workload[]): Reason | undefined {
  const names = manifests.map((manifest) => manifest.name);
  const name = names.find((candidate, index) => names.indexOf(candidate) !== index);
  if (name === undefined) return undefined;
  return { code: "repeated-name", message: `two manifests are named ${name}`, field: "name", value: name };
}

function located(reason: Reason, place: string): Reason {
  return { ...reason, message: `${place}: ${reason.message}` };
}
