import { parseYaml } from "../host/yaml.ts";
import { readManifests, repeatedName } from "../model/manifests.ts";
import { ReasonError } from "../model/reason.ts";
import type { Workload } from "../model/workload.ts";

/** The manifests in what somebody typed: YAML or JSON, one or several. Throws a `ReasonError` for the first mistake. */
export function parseManifestText(text: string): readonly Workload[] {
  const parsed = parseYaml(text);
  if (!parsed.ok) throw new ReasonError(parsed.reason);
  const { manifests, problems } = readManifests("the manifest", parsed.value);
  // A misspelt field is the cause where another one is missing.
  const problem = problems.find(({ code }) => code === "unknown-field") ?? problems[0] ?? repeatedName(manifests);
  if (problem !== undefined) throw new ReasonError(problem);
  return manifests;
}
