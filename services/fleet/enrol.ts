import { join } from "node:path";
import { writeFileAtomically } from "../host/atomic-file.ts";
import { issue } from "../host/certificate.ts";
import { Configuration, type RegistrySettings } from "../model/configuration.ts";
import { DeviceName } from "../model/names.ts";
import { parse } from "../model/parse.ts";
import { ReasonError } from "../model/reason.ts";
import { FLEET_USER } from "./broker-configuration.ts";
import { type FleetDirectory, readFleet } from "./directory.ts";
import { openRegistry } from "./registry.ts";
import { toYaml } from "./yaml-text.ts";

/** Names that mean something else in topics or at the broker. */
const RESERVED = new Set([FLEET_USER, "groups"]);
const DAYS = 3650;

/** Which device is enrolled, and what its configuration says. */
export interface EnrolOptions {
  readonly directory: string;
  readonly name: string;
  /** Where the device finds the broker: mqtts://host[:port]. */
  readonly broker: string;
  /** How the device reaches registries, by registry. */
  readonly registries?: Readonly<Record<string, RegistrySettings>>;
  /** The token of the device's LAN API; the device makes one where none is given. */
  readonly token?: string;
  /** Take the name from a device that has it: its key and history are forgotten. */
  readonly replace?: boolean;
  readonly now: Date;
}

/**
 * Enrols a device: gives it a certificate and writes the `berth.yaml` it boots with, which holds its private key and is
 * readable for the fleet's owner alone. Throws `device-exists`, or the reason why the configuration would be wrong.
 */
export async function enrolDevice(options: EnrolOptions): Promise<{ path: string; yaml: string }> {
  const { name, broker, now } = options;
  if (!parse(DeviceName, name).ok || RESERVED.has(name)) {
    throw new ReasonError({
      code: "invalid-value",
      message: `${name} cannot be a device's name`,
      field: "name",
      value: name,
      allowed: `${DeviceName.description}, but ${[...RESERVED].join(" and ")}`,
    });
  }
  const fleet = await readFleet(options.directory);
  const configuration = await configurationFor(fleet, options);
  const registry = openRegistry(fleet.paths.database);
  try {
    if (!registry.enrol(name, now.toISOString())) {
      if (options.replace !== true) {
        throw new ReasonError({
          code: "device-exists",
          message: `${name} is enrolled already`,
          field: "name",
          value: name,
          allowed: "another name, or --replace for a device that takes its place",
        });
      }
      registry.renew(name, now.toISOString());
    }
  } finally {
    registry.close();
  }
  const yaml = `# ${name}, enrolled at ${now.toISOString()} for ${new URL(broker).host}. Holds secrets.\n${toYaml(configuration)}`;
  const path = join(fleet.paths.devices, `${name}.yaml`);
  await writeFileAtomically(path, yaml, { mode: 0o600 });
  return { path, yaml };
}

async function configurationFor(fleet: FleetDirectory, options: EnrolOptions) {
  const { name, broker, registries, token, now } = options;
  const { authority, signing } = fleet;
  const client = await issue({ authority, commonName: name, usage: "client", days: DAYS, now });
  const configuration = {
    device: name,
    ...(token === undefined ? {} : { admin: { token } }),
    fleet: {
      broker,
      ca: authority.certificate,
      certificate: client.certificate,
      key: client.privateKey,
      signingKeys: [{ id: signing.keyId, publicKey: signing.identity.publicKey }],
    },
    ...(registries === undefined ? {} : { registries }),
  };
  const checked = parse(Configuration, configuration);
  if (checked.ok) return configuration;
  // The value may be the token.
  const { value: _, ...reason } = checked.reason;
  throw new ReasonError(reason);
}
