import { randomBytes } from "node:crypto";
import { parse } from "../model/parse.ts";
import { ReasonError } from "../model/reason.ts";
import { Workload } from "../model/workload.ts";
import type { Arguments, OptionTable } from "./arguments.ts";
import { usageError } from "./usage-error.ts";

/** Options of `berth run` that become fields of a manifest. They are named as people know them from `docker run`. */
export const RUN_OPTIONS: OptionTable = {
  name: { kind: "text", value: "NAME", summary: "the workload's name (made from the image's)" },
  env: {
    kind: "list",
    short: "e",
    value: "NAME[=VALUE]",
    summary: "an environment variable; without VALUE, this shell's",
  },
  port: { kind: "list", short: "p", value: "HOST:PORT[/udp]", summary: "a port of the device that leads to one of it" },
  volume: {
    kind: "list",
    short: "v",
    value: "NAME:PATH[:ro]",
    summary: "a named volume and where it is in the workload",
  },
  user: { kind: "text", short: "u", value: "USER[:GROUP]", summary: "in place of the image's user" },
  workdir: { kind: "text", short: "w", value: "PATH", summary: "in place of the image's working directory" },
  memory: { kind: "text", short: "m", value: "BYTES", summary: "most memory, such as 256Mi" },
  cpus: { kind: "text", value: "CPUS", summary: "most CPU time, such as 0.5" },
  pids: { kind: "text", value: "N", summary: "most processes" },
  tmpfs: { kind: "list", value: "PATH[:SIZE]", summary: "a writable place in memory" },
  root: { kind: "text", value: "HOW", summary: "its root: read-only, or ephemeral, which is writable and forgotten" },
  init: { kind: "flag", summary: "a small init is its first process" },
  pull: { kind: "text", value: "WHEN", summary: "ask the registry always, when the image is missing, or never" },
};

/**
 * The manifest that `berth run` orders.
 *
 * @throws ReasonError `usage` for what no manifest may hold
 */
export function runManifest(
  args: Arguments,
  image: string,
  more: { readonly job?: { readonly remove: boolean }; readonly restart?: { readonly policy: string } },
  env: Readonly<Record<string, string | undefined>>,
): Workload {
  const texts = (...names: string[]) => Object.fromEntries(names.flatMap((name) => entry(name, args.text(name))));
  const pids = args.text("pids");
  const parsed = parse(Workload, {
    name: args.text("name") ?? generatedName(image),
    image,
    ...(args.rest === undefined ? {} : { args: args.rest }),
    env: Object.fromEntries(args.list("env").map((text) => variable(text, env))),
    ports: args.list("port").map(port),
    volumes: args.list("volume").map(volume),
    ...texts("user", "workdir", "pull", "root"),
    tmpfs: args.list("tmpfs").map(tmpfs),
    limits: { ...texts("memory", "cpus"), ...(pids === undefined ? {} : { pids: Number(pids) }) },
    init: args.flag("init"),
    ...more,
  });
  if (parsed.ok) return parsed.value;
  throw new ReasonError({ ...parsed.reason, code: "usage" });
}

function entry(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}

function variable(text: string, env: Readonly<Record<string, string | undefined>>): [string, string] {
  const equals = text.indexOf("=");
  if (equals >= 0) return [text.slice(0, equals), text.slice(equals + 1)];
  const value = env[text];
  if (value === undefined) throw usageError(`--env ${text} has no value, and this shell has none either`, "NAME=VALUE");
  return [text, value];
}

function port(text: string): { host: number; container: number; protocol: string } {
  const [, host, container, protocol = "tcp"] = /^([0-9]+):([0-9]+)(?:\/([a-z]+))?$/.exec(text) ?? [];
  if (host === undefined || container === undefined) {
    throw usageError(`--port ${JSON.stringify(text)} is not understood`, "HOST:PORT[/udp], such as 8080:80");
  }
  return { host: Number(host), container: Number(container), protocol };
}

function volume(text: string): { name: string; path: string; readOnly: boolean } {
  const [name, path, mode, ...surplus] = text.split(":");
  const understood = surplus.length === 0 && (mode === undefined || mode === "ro" || mode === "rw");
  if (name === undefined || path === undefined || !understood) {
    throw usageError(
      `--volume ${JSON.stringify(text)} is not understood`,
      "NAME:PATH[:ro], such as data:/var/lib/data",
    );
  }
  return { name, path, readOnly: mode === "ro" };
}

function tmpfs(text: string): { path: string; size?: string } {
  const [path = "", size] = text.split(":", 2);
  return { path, ...(size === undefined ? {} : { size }) };
}

/** A name nobody has yet, which tells what it is: the last part of the image's name and a few random digits. */
function generatedName(image: string): string {
  const last = image.replace(/@.*$/, "").split("/").at(-1) ?? "";
  const label = last
    .replace(/:.*$/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 40);
  return `${label === "" ? "run" : label.replace(/-$/, "")}-${randomBytes(3).toString("hex")}`;
}
