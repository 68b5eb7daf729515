import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { z } from "zod";
import { Configuration, type FleetSettings } from "../../model/configuration.ts";
import { parseImageReference } from "../../model/image-reference.ts";
import { reasonsOf } from "../../model/parse.ts";
import type { Reason } from "../../model/reason.ts";

/** A configuration that holds, or everything that is wrong with it. */
export type Checked =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly Reason[] };

/**
 * The only fields whose values problems may show: whatever else stands in the file, or stands in the wrong place of it,
 * may be a token or a key.
 */
const SHOWN = /^(device|hostname|network\[\d+\](\.(match|address|gateway|dns(\[\d+\])?))?)$/;
const LONGEST_SHOWN = 200;

const INTERFACE_NAMES = /^!?[A-Za-z0-9*?_.:[\]-]+( +[A-Za-z0-9*?_.:[\]-]+)*$/;
const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/** Checks what a configuration file says; gives all its problems, with field, value and what is allowed. */
export function checkConfiguration(input: unknown): Checked {
  const parsed = Configuration.safeParse(input);
  const problems = parsed.success
    ? problemsOf(parsed.data)
    : reasonsOf(Configuration, input, new z.ZodError(parsed.error.issues.flatMap(oneKeyEach)));
  if (parsed.success && problems.length === 0) return { ok: true, configuration: parsed.data };
  return { ok: false, problems: problems.map(withoutSecrets) };
}

/** zod puts all unknown fields of an object into one issue. */
function oneKeyEach(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  return issue.code === "unrecognized_keys" ? issue.keys.map((key) => ({ ...issue, keys: [key] })) : [issue];
}

function withoutSecrets(reason: Reason): Reason {
  const { value, ...rest } = reason;
  if (value === undefined || !SHOWN.test(reason.field ?? "")) return rest;
  return { ...rest, value: typeof value === "string" ? value.slice(0, LONGEST_SHOWN) : value };
}

/** What the schema alone cannot see. */
function problemsOf({ network, fleet, registries }: Configuration): Reason[] {
  return [
    ...network.flatMap(({ match, address }, index) => [
      ...interfaceProblems(`network[${index}].match`, match),
      ...(address === undefined ? [] : addressProblems(`network[${index}].address`, address)),
    ]),
    ...(fleet === undefined ? [] : fleetProblems(fleet)),
    ...Object.entries(registries).flatMap(([name, { ca }]) => [
      ...registryProblems(name),
      ...(ca === undefined ? [] : certificateProblems(`registries.${name}.ca`, ca)),
    ]),
  ];
}

function invalid(field: string, what: string, allowed: string, value?: unknown): Reason {
  return {
    code: "invalid-value",
    message: `${field}: ${what}`,
    field,
    allowed,
    ...(value === undefined ? {} : { value }),
  };
}

function interfaceProblems(field: string, value: string): Reason[] {
  if (INTERFACE_NAMES.test(value)) return [];
  return [
    invalid(field, "not a list of interface names", "names or globs, with spaces between, such as en* eth*", value),
  ];
}

function addressProblems(field: string, value: string): Reason[] {
  const [host = "", length = ""] = value.split("/");
  const family = isIP(host);
  if (family !== 0 && Number(length) <= (family === 4 ? 32 : 128)) return [];
  const allowed = "an IPv4 or IPv6 address with its prefix length, such as 192.168.1.5/24";
  return [invalid(field, "not an address with its prefix length", allowed, value)];
}

function registryProblems(name: string): Reason[] {
  const parsed = parseImageReference(`${name}/repository/image`);
  if (parsed.ok && parsed.value.registry === name) return [];
  const allowed = "a registry's host name with an optional port, such as docker.io or 192.168.1.9:5000";
  return [invalid(`registries.${name}`, "not a registry's name", allowed)];
}

function fleetProblems({ ca, certificate, key, signingKeys }: FleetSettings): Reason[] {
  const ids = signingKeys.map(({ id }) => id);
  const repeated = ids.findIndex((id, index) => ids.indexOf(id) !== index);
  const alone = certificate === undefined ? "key" : "certificate";
  const other = certificate === undefined ? "certificate" : "key";
  return [
    ...(repeated < 0
      ? []
      : [invalid(`fleet.signingKeys[${repeated}].id`, "the id of another key before it", "a different id each")]),
    ...(ca === undefined ? [] : certificateProblems("fleet.ca", ca)),
    ...((certificate === undefined) === (key === undefined)
      ? []
      : [invalid(`fleet.${alone}`, `of no use without fleet.${other}`, "both or neither")]),
    ...(certificate === undefined ? [] : certificateProblems("fleet.certificate", certificate)),
    ...(certificate === undefined || key === undefined ? [] : keyProblems(certificate, key)),
  ];
}

function certificateProblems(field: string, pem: string): Reason[] {
  const blocks = [...pem.matchAll(PEM_BLOCK)];
  const readable = blocks.every(([block, label]) => label === "CERTIFICATE" && readCertificate(block) !== undefined);
  // A last block that was cut off has no end.
  const whole = blocks.length > 0 && blocks.length === pem.split("-----BEGIN ").length - 1;
  return readable && whole ? [] : [invalid(field, "not a whole certificate", "X.509 certificates in PEM")];
}

function keyProblems(certificate: string, pem: string): Reason[] {
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(pem);
  } catch {
    return [invalid("fleet.key", "not a whole private key", "an unencrypted private key in PEM")];
  }
  const holder = readCertificate(certificate);
  if (holder === undefined || holder.checkPrivateKey(key)) return [];
  return [invalid("fleet.key", "not the key of fleet.certificate", "the private key the certificate was made for")];
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
