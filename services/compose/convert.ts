import { parse } from "../model/parse.ts";
import { type Reason, ReasonError, reasonOf } from "../model/reason.ts";
import { Workload, type WorkloadInput } from "../model/workload.ts";
import { interpolateDocument } from "./document.ts";
import type { Variables } from "./interpolate.ts";
import { CONVERTERS, NOT_CONVERTED, SILENT } from "./keys/table.ts";
import type { LeftOut } from "./left-out.ts";
import { labelOf } from "./names.ts";
import { invalidCompose } from "./problem.ts";
import { hasImage, isActive, type Project, readProject } from "./project.ts";
import { mapping } from "./read.ts";
import type { Draft, Service } from "./service.ts";

/** What became of a compose file. */
export interface Converted {
  /** One manifest a service, each valid, in the file's order. */
  readonly manifests: readonly WorkloadInput[];
  readonly leftOut: readonly LeftOut[];
  /** What no manifest could be made of; with one, the file is not to be used. */
  readonly problems: readonly Reason[];
}

/** What a compose file's meaning depends on beside its text. */
export interface ConvertOptions {
  /** For `${NAME}` and for variables passed on by name alone. */
  readonly variables: Variables;
  /** Services of these profiles are converted, too. */
  readonly profiles: readonly string[];
}

/** What Compose does where a service says nothing, and a manifest's default is another. */
const COMPOSE_DEFAULTS: Draft = { root: "ephemeral", restart: { policy: "never" } };

/**
 * Converts a parsed compose file into manifests: the Compose specification's common subset. What it says beyond that is
 * listed, never passed over. Source: https://github.com/compose-spec/compose-spec/blob/main/spec.md
 */
export function convertCompose(parsed: unknown, options: ConvertOptions): Converted {
  const leftOut: LeftOut[] = [];
  const problems: Reason[] = [];
  const manifests: WorkloadInput[] = [];
  try {
    const document = mapping(interpolateDocument(parsed, options.variables, leftOut), "the file");
    const services = mapping(document.services, "services");
    if (Object.keys(services).length === 0) throw invalidCompose("services", undefined, "at least one service");
    const project = readProject(document, options, leftOut);
    for (const [name, value] of Object.entries(services)) {
      try {
        const manifest = convertService(name, value, { project, options, leftOut });
        if (manifest === undefined) continue;
        if (manifests.some((other) => other.name === manifest.name))
          throw invalidCompose(
            `services.${name}`,
            name,
            `a name that does not become ${manifest.name} as another's does`,
          );
        manifests.push(manifest);
      } catch (error) {
        problems.push(reasonOf(error));
      }
    }
  } catch (error) {
    problems.push(reasonOf(error));
  }
  return { manifests, leftOut, problems };
}

interface Conversion {
  readonly project: Project;
  readonly options: ConvertOptions;
  readonly leftOut: LeftOut[];
}

function convertService(
  name: string,
  value: unknown,
  { project, options, leftOut }: Conversion,
): WorkloadInput | undefined {
  const field = `services.${name}`;
  const keys = mapping(value, field);
  const service: Service = {
    name,
    keys,
    project,
    leaveOut: (place, why) => void leftOut.push({ field: place, why }),
  };
  if (!isActive(keys, options.profiles)) {
    service.leaveOut(field, `it is of a profile: --profile ${String(keys.profiles)} converts it`);
    return undefined;
  }
  for (const key of Object.keys(keys)) {
    if (key in CONVERTERS || SILENT.has(key) || key.startsWith("x-")) continue;
    service.leaveOut(`${field}.${key}`, NOT_CONVERTED[key] ?? "the Compose specification has no such key");
  }
  if (!hasImage(keys)) {
    service.leaveOut(field, "it names no image");
    return undefined;
  }
  const draft: Draft = { ...COMPOSE_DEFAULTS };
  for (const [key, convert] of Object.entries(CONVERTERS))
    if (key in keys) convert(keys[key], draft, service, `${field}.${key}`);
  return checked({ ...draft, name: workloadName(name, field), image: draft.image ?? "" }, field);
}

function workloadName(service: string, field: string): string {
  const label = labelOf(service);
  if (label === undefined) throw invalidCompose(field, service, "a name with letters or digits");
  return label;
}

/** A manifest the device would take; what is wrong with it is told of the service it came from. */
function checked(manifest: WorkloadInput, field: string): WorkloadInput {
  const parsed = parse(Workload, manifest);
  if (parsed.ok) return ordered(manifest);
  const { reason } = parsed;
  throw new ReasonError({ ...reason, message: `${field}: the manifest it becomes is wrong: ${reason.message}` });
}

/** The manifest with its name and image first, as people write it. */
function ordered({ name, image, ...rest }: WorkloadInput): WorkloadInput {
  return { name, image, ...rest };
}
