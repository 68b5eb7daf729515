import type { Variables } from "./interpolate.ts";
import type { LeftOut } from "./left-out.ts";
import { labelOf } from "./names.ts";
import { invalidCompose } from "./problem.ts";
import { boolean, list, mapping, text } from "./read.ts";

/** What a compose file says beside its services, as its services need it. */
export interface Project {
  readonly variables: Variables;
  /** The workload a service becomes; undefined for one that becomes none. */
  workload(service: string): string | undefined;
  /** The named volume a volume of the file becomes. */
  volume(name: string, field: string): string;
  /** What a config of the file holds; undefined when it stands elsewhere. */
  config(name: string, field: string): string | undefined;
}

/** Keys of the file beside `services` that say nothing a manifest would. */
const SILENT = ["version", "name", "services", "volumes", "configs"];

const WHY: Readonly<Record<string, string>> = {
  networks: "workloads share one network and reach one another by name; there are no others to choose from",
  secrets: "secrets are not in this version",
  include: "other files are not read: convert each by itself",
  models: "there are no models",
};

/** Reads what stands beside the services, and notes what of it is left out. */
export function readProject(
  document: Readonly<Record<string, unknown>>,
  { variables, profiles }: { readonly variables: Variables; readonly profiles: readonly string[] },
  leftOut: LeftOut[],
): Project {
  for (const key of Object.keys(document)) {
    if (SILENT.includes(key) || key.startsWith("x-")) continue;
    leftOut.push({ field: key, why: WHY[key] ?? "the Compose specification has no such key" });
  }
  const volumes = new Map(
    Object.entries(mapping(document.volumes, "volumes")).map(([name, declared]) => [
      name,
      declaredVolume(name, declared, leftOut),
    ]),
  );
  const services = mapping(document.services, "services");
  return {
    variables,
    workload(service) {
      const keys = Object.hasOwn(services, service) ? mapping(services[service], `services.${service}`) : {};
      return hasImage(keys) && isActive(keys, profiles) ? labelOf(service) : undefined;
    },
    volume(name, field) {
      const declared = volumes.get(name);
      if (declared === undefined) throw invalidCompose(field, name, `one of ${[...volumes.keys()].join(", ")}`);
      return declared;
    },
    config(name, field) {
      const declared = mapping(document.configs, "configs");
      if (!Object.hasOwn(declared, name)) throw invalidCompose(field, name, "a config that the file declares");
      const { content, environment } = mapping(declared[name], `configs.${name}`);
      if (content !== undefined) return text(content, `configs.${name}.content`);
      return environment === undefined ? undefined : variables[text(environment, `configs.${name}.environment`)];
    },
  };
}

/** Compose puts the project's name before a volume's; on a device there is one volume of a name. */
function declaredVolume(name: string, declared: unknown, leftOut: LeftOut[]): string {
  const field = `volumes.${name}`;
  const { name: own = name, driver, driver_opts, external, labels, ...others } = mapping(declared, field);
  const label = labelOf(text(own, `${field}.name`));
  if (label === undefined) throw invalidCompose(`${field}.name`, own, "a name with letters or digits");
  if (driver !== undefined && driver !== null && driver !== "local")
    leftOut.push({ field: `${field}.driver`, why: "volumes lie on the device's data partition; there are no drivers" });
  if (Object.keys(mapping(driver_opts, `${field}.driver_opts`)).length > 0)
    leftOut.push({ field: `${field}.driver_opts`, why: "volumes lie on the device's data partition" });
  if (external !== undefined && boolean(external, `${field}.external`))
    leftOut.push({ field: `${field}.external`, why: "a volume that is not there is made at the first start" });
  for (const key of Object.keys(others))
    if (!key.startsWith("x-")) leftOut.push({ field: `${field}.${key}`, why: "a volume has no such setting" });
  void labels;
  return label;
}

/** Whether a service names an image, without which there is no manifest. */
export function hasImage({ image }: Readonly<Record<string, unknown>>): boolean {
  return image !== undefined && image !== null;
}

/** The services that run without a profile, or under one of `profiles`. */
export function isActive(keys: Readonly<Record<string, unknown>>, profiles: readonly string[]): boolean {
  const own = list(keys.profiles);
  return own.length === 0 || profiles.includes("*") || own.some((profile) => profiles.includes(String(profile)));
}
