import { DeviceName } from "../model/names.ts";
import { parse } from "../model/parse.ts";
import { failure, type Result, success } from "../model/result.ts";
import type { Arguments, OptionTable } from "./arguments.ts";
import { parseFingerprint } from "./fingerprint.ts";

/** Where a token comes from. */
export type TokenSource =
  | { readonly kind: "given"; readonly token: string }
  | { readonly kind: "file"; readonly path: string };

/** How the server's certificate is judged. */
export type Trust =
  | { readonly kind: "system" }
  | { readonly kind: "authority"; readonly path: string }
  | { readonly kind: "fingerprint"; readonly fingerprint: string }
  | { readonly kind: "insecure" };

/** A server reached over the network. */
export interface Server {
  readonly base: string;
  readonly token: TokenSource;
  readonly trust: Trust;
}

/** Which device a command is for, and the way to it. */
export type Target =
  | { readonly kind: "local"; readonly socket: string }
  | ({ readonly kind: "host" } & Server)
  | ({ readonly kind: "fleet"; readonly device: string } & Server);

/** Options every command that reaches a fleet knows. */
export const FLEET_OPTIONS: OptionTable = {
  fleet: { kind: "text", value: "URL", summary: "the fleet's address ($BERTH_FLEET)" },
  "token-file": { kind: "text", value: "FILE", summary: "read the bearer token from a file" },
  fingerprint: { kind: "text", value: "SHA256", summary: "the server's certificate, pinned ($BERTH_FINGERPRINT)" },
  ca: { kind: "text", value: "FILE", summary: "certificates to trust, PEM" },
  insecure: { kind: "flag", summary: "do not check the server's certificate" },
};

/** Options every command that reaches a device knows. */
export const DEVICE_OPTIONS: OptionTable = {
  device: { kind: "text", value: "NAME", summary: "a device of the fleet ($BERTH_DEVICE)" },
  host: { kind: "text", value: "URL", summary: "a device's own LAN API ($BERTH_HOST)" },
  ...FLEET_OPTIONS,
};

const LOCAL_SOCKET = "/run/berth/supervisor.sock";

type Environment = Readonly<Record<string, string | undefined>>;

/** Settles the device a command is for; options win over the environment, and with neither it is the device it runs on. */
export function resolveTarget(args: Arguments, env: Environment): Result<Target> {
  const given = { device: args.text("device"), host: args.text("host") };
  const { device, host } =
    given.device === undefined && given.host === undefined
      ? { device: env.BERTH_DEVICE || undefined, host: env.BERTH_HOST || undefined }
      : given;
  if (device !== undefined && host !== undefined) {
    return usage("both a device of the fleet and a host are named", "--device", "either --device or --host");
  }
  if (host !== undefined) return resolveHost(host, args, env);
  if (device !== undefined) return resolveFleetDevice(device, args, env);
  const stray = ["fleet", "token-file", "fingerprint", "ca"].find((name) => args.text(name) !== undefined);
  if (stray !== undefined) {
    return usage(
      `--${stray} is for a device elsewhere, and none is named`,
      `--${stray}`,
      "--device NAME or --host URL",
    );
  }
  return success({ kind: "local", socket: env.BERTH_SOCKET || LOCAL_SOCKET });
}

/** Settles the fleet a command is for. */
export function resolveFleet(args: Arguments, env: Environment): Result<Server> {
  const address = args.text("fleet") ?? (env.BERTH_FLEET || undefined);
  if (address === undefined) return usage("the fleet's address is not known", "--fleet", "--fleet URL or $BERTH_FLEET");
  const base = parseBase("--fleet", address);
  if (!base.ok) return base;
  const token = resolveToken(args, env.BERTH_FLEET_TOKEN, "$BERTH_FLEET_TOKEN", env.BERTH_FLEET_DIR);
  if (!token.ok) return token;
  const trust = resolveTrust(args, env);
  return trust.ok ? success({ base: base.value, token: token.value, trust: trust.value }) : trust;
}

function resolveHost(host: string, args: Arguments, env: Environment): Result<Target> {
  const base = parseBase("--host", host);
  if (!base.ok) return base;
  const token = resolveToken(args, env.BERTH_TOKEN, "$BERTH_TOKEN", undefined);
  if (!token.ok) return token;
  const trust = resolveTrust(args, env);
  return trust.ok ? success({ kind: "host", base: base.value, token: token.value, trust: trust.value }) : trust;
}

function resolveFleetDevice(device: string, args: Arguments, env: Environment): Result<Target> {
  const name = parse(DeviceName, device);
  if (!name.ok) {
    return failure({ ...name.reason, code: "usage", field: "--device", message: `${device} is no device's name` });
  }
  const fleet = resolveFleet(args, env);
  return fleet.ok ? success({ kind: "fleet", device: name.value, ...fleet.value }) : fleet;
}

/** The origin of an address; `name` without a scheme means https. A token never travels unencrypted but on this machine. */
function parseBase(option: string, address: string): Result<string> {
  const allowed = "https://HOST[:PORT]";
  const text = address.includes("://") ? address : `https://${address}`;
  if (!URL.canParse(text)) return usage(`${address} is not an address`, option, allowed);
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    return usage("the address must not hold a name or password", option, allowed);
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    return usage(`${address} holds more than a host`, option, allowed);
  }
  const loopback = url.hostname === "localhost" || url.hostname === "[::1]" || /^127\./.test(url.hostname);
  if (url.protocol === "https:" || (url.protocol === "http:" && loopback)) return success(url.origin);
  return usage(`${address} would send the token unencrypted`, option, `${allowed}, or http on this machine`);
}

function resolveToken(
  args: Arguments,
  token: string | undefined,
  variable: string,
  directory: string | undefined,
): Result<TokenSource> {
  const file = args.text("token-file");
  if (file !== undefined) return success({ kind: "file", path: file });
  if (token !== undefined && token !== "") return success({ kind: "given", token });
  if (directory !== undefined && directory !== "") return success({ kind: "file", path: `${directory}/token` });
  return usage("there is no token", "--token-file", `${variable} or --token-file FILE`);
}

function resolveTrust(args: Arguments, env: Environment): Result<Trust> {
  const fingerprint = args.text("fingerprint");
  const authority = args.text("ca");
  const given = [fingerprint !== undefined, authority !== undefined, args.flag("insecure")].filter(Boolean).length;
  if (given > 1) return usage("the certificate is to be judged in two ways", "--fingerprint", "one of them");
  if (args.flag("insecure")) return success({ kind: "insecure" });
  if (authority !== undefined) return success({ kind: "authority", path: authority });
  const pinned = fingerprint ?? (env.BERTH_FINGERPRINT || undefined);
  if (pinned === undefined) return success({ kind: "system" });
  const parsed = parseFingerprint(pinned);
  return parsed.ok ? success({ kind: "fingerprint", fingerprint: parsed.value }) : parsed;
}

function usage(message: string, field: string, allowed: string): Result<never> {
  return failure({ code: "usage", message, field, allowed });
}
