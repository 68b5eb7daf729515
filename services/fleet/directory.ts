import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../host/atomic-file.ts";
import { type AlternativeNames, issue, type KeyedCertificate, makeAuthority } from "../host/certificate.ts";
import { parse } from "../model/parse.ts";
import { ReasonError } from "../model/reason.ts";
import { generateSigningKey, importSigningKey, type SigningIdentity } from "../model/signature.ts";
import { brokerAcl, brokerConfiguration, FLEET_USER } from "./broker-configuration.ts";

/** A fleet's certificates hold this long; its authority's too. */
const DAYS = 3650;

const Settings = z.strictObject({
  version: z.literal(1),
  signingKey: z.strictObject({ id: z.string(), publicKey: z.string() }),
  createdAt: z.iso.datetime({ offset: true }),
});
type Settings = z.infer<typeof Settings>;

/** Where a fleet keeps what. Everything in it is for its owner alone. */
export function fleetPaths(directory: string) {
  const root = resolve(directory);
  return {
    root,
    settings: join(root, "fleet.json"),
    signingKey: join(root, "signing.key"),
    token: join(root, "token"),
    database: join(root, "fleet.db"),
    authority: { certificate: join(root, "ca.crt"), key: join(root, "ca.key") },
    client: { certificate: join(root, "fleet.crt"), key: join(root, "fleet.key") },
    broker: {
      certificate: join(root, "broker.crt"),
      key: join(root, "broker.key"),
      acl: join(root, "broker.acl"),
      configuration: join(root, "mosquitto.conf"),
    },
    devices: join(root, "devices"),
  };
}

/** What a new fleet is made from. */
export interface InitOptions {
  readonly directory: string;
  /** Names and addresses by which devices reach the broker. */
  readonly altNames: AlternativeNames;
  readonly brokerPort: number;
  /** The user mosquitto becomes when started as root. */
  readonly brokerUser?: string;
  readonly now: Date;
}

/**
 * Makes a fleet's directory: signing key, certificate authority, certificates of broker and fleet, token, and mosquitto's
 * configuration. It appears whole or not at all. Gives false, and changes nothing, where there is a fleet already.
 * Throws `directory-not-empty` when something else is there.
 */
export async function initFleet(options: InitOptions): Promise<boolean> {
  const paths = fleetPaths(options.directory);
  const there = await readdir(paths.root).catch((): string[] => []);
  if (there.includes(basename(paths.settings))) return false;
  if (there.length > 0) {
    throw new ReasonError({
      code: "directory-not-empty",
      message: `${paths.root} holds something, and no fleet`,
      field: "dir",
      value: paths.root,
      allowed: "an empty directory, a new one, or a fleet's",
    });
  }
  const draft = `${paths.root}.${randomBytes(6).toString("hex")}.new`;
  try {
    await mkdir(draft, { recursive: true, mode: 0o700 });
    await chmod(draft, 0o700);
    await fill(draft, paths, options);
    // rename(2) takes the place of an empty directory.
    await rename(draft, paths.root);
    const parent = await open(dirname(paths.root), "r");
    await parent.sync().finally(() => parent.close());
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  return true;
}

async function fill(draft: string, final: ReturnType<typeof fleetPaths>, options: InitOptions): Promise<void> {
  const paths = fleetPaths(draft);
  const { now, altNames } = options;
  const { privateKey, publicKey } = await generateSigningKey();
  const authority = await makeAuthority("Berth fleet", { days: DAYS, now });
  const broker = await issue({ authority, commonName: "broker", altNames, usage: "server", days: DAYS, now });
  const client = await issue({ authority, commonName: FLEET_USER, usage: "client", days: DAYS, now });
  const settings: Settings = {
    version: 1,
    // Named by its own beginning, so that two fleets' keys are never taken for one another.
    signingKey: { id: `fleet-${publicKey.slice(0, 8)}`, publicKey },
    createdAt: now.toISOString(),
  };
  await writePair(paths.authority, authority);
  await writePair(paths.client, client);
  await writePair(paths.broker, broker);
  await write(paths.signingKey, privateKey);
  await write(paths.token, `${randomBytes(32).toString("base64url")}\n`);
  await write(paths.broker.acl, brokerAcl());
  const brokerPaths = { ca: final.authority.certificate, ...final.broker };
  const user = options.brokerUser === undefined ? {} : { user: options.brokerUser };
  await write(
    paths.broker.configuration,
    brokerConfiguration({ port: options.brokerPort, paths: brokerPaths, ...user }),
  );
  await mkdir(paths.devices, { mode: 0o700 });
  await write(paths.settings, `${JSON.stringify(settings, undefined, 2)}\n`);
}

/** A fleet's secrets and settings, read from its directory. */
export interface FleetDirectory {
  readonly paths: ReturnType<typeof fleetPaths>;
  readonly authority: KeyedCertificate;
  readonly client: KeyedCertificate;
  readonly signing: { readonly identity: SigningIdentity; readonly keyId: string };
  readonly token: string;
}

/** Reads a fleet's directory. Throws `fleet-not-found`, or the reason why a file in it is no good. */
export async function readFleet(directory: string): Promise<FleetDirectory> {
  const paths = fleetPaths(directory);
  const text = await readFile(paths.settings, "utf8").catch((cause: unknown) => {
    throw new ReasonError(
      { code: "fleet-not-found", message: `${paths.root} is no fleet's; berth fleet init makes one`, field: "dir" },
      { cause },
    );
  });
  const settings = parse(Settings, JSON.parse(text));
  if (!settings.ok) throw new ReasonError(settings.reason);
  return {
    paths,
    authority: await readPair(paths.authority),
    client: await readPair(paths.client),
    signing: {
      identity: await importSigningKey(await readFile(paths.signingKey, "utf8")),
      keyId: settings.value.signingKey.id,
    },
    token: (await readFile(paths.token, "utf8")).trim(),
  };
}

async function writePair(paths: { certificate: string; key: string }, pair: KeyedCertificate): Promise<void> {
  await write(paths.certificate, pair.certificate);
  await write(paths.key, pair.privateKey);
}

async function readPair(paths: { certificate: string; key: string }): Promise<KeyedCertificate> {
  return {
    certificate: await readFile(paths.certificate, "utf8"),
    privateKey: await readFile(paths.key, "utf8"),
  };
}

function write(path: string, content: string): Promise<void> {
  return writeFileAtomically(path, content, { mode: 0o600 });
}
