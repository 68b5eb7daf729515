import { parseArgs } from "node:util";
import type { Log } from "../host/log.ts";
import type { RegistrySettings } from "../model/configuration.ts";
import { ReasonError } from "../model/reason.ts";
import type { Clock } from "../supervisor/ports.ts";
import { fleetPaths, initFleet } from "./directory.ts";
import { enrolDevice } from "./enrol.ts";

/** What fleet commands need of the process around them. */
export interface FleetCommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  random(): number;
  /** Ends `berth fleet serve`. */
  readonly signal: AbortSignal;
  /** The user's id, as process.getuid() gives it. */
  readonly uid: number | undefined;
  /** Writes a line to standard output. */
  print(line: string): void;
}

const BROKER_PORT = 8883;
const LISTEN = "127.0.0.1:7400";

const FLEET_USAGE: readonly string[] = [
  "berth fleet init [--dir DIR] [--name NAME]… [--address IP]… [--port PORT]",
  "berth fleet enrol DEVICE --broker mqtts://HOST[:PORT] [--dir DIR] [--registry HOST=URL]… [--token TOKEN] [--replace] [--print]",
  `berth fleet serve --broker mqtts://HOST[:PORT] [--dir DIR] [--listen ADDRESS:PORT]   (${LISTEN} unless it is given)`,
  "The directory is $BERTH_FLEET_DIR unless --dir is given; the device's LAN token may stand in $BERTH_DEVICE_TOKEN.",
];

/** Runs `berth fleet …`; `words` are those after `fleet`. Throws a `ReasonError`, of code usage for a wrong command line. */
export async function runFleetCommand(words: readonly string[], context: FleetCommandContext): Promise<void> {
  const [verb, ...rest] = words;
  switch (verb) {
    case "init":
      return init(rest, context);
    case "enrol":
      return enrol(rest, context);
    case "serve":
      return serve(rest, context);
    default:
      throw usage(verb === undefined ? "which fleet command?" : `there is no fleet command ${verb}`);
  }
}

async function init(words: string[], { env, clock, uid, print }: FleetCommandContext): Promise<void> {
  const { values } = read(() =>
    parseArgs({
      args: words,
      options: {
        dir: { type: "string" },
        name: { type: "string", multiple: true },
        address: { type: "string", multiple: true },
        port: { type: "string" },
      },
    }),
  );
  const directory = directoryOf(values.dir, env);
  const made = await initFleet({
    directory,
    altNames: { dns: values.name ?? ["localhost"], ip: values.address ?? ["127.0.0.1"] },
    brokerPort: values.port === undefined ? BROKER_PORT : portOf(values.port, "--port"),
    // The broker's key is for its owner alone: as root the broker must stay root to read it.
    ...(uid === 0 ? { brokerUser: "root" } : {}),
    now: clock.now(),
  });
  const paths = fleetPaths(directory);
  print(made ? `A new fleet is in ${paths.root}.` : `There is a fleet in ${paths.root} already; nothing was changed.`);
  print(`Its broker: mosquitto -c ${paths.broker.configuration}`);
  print(`Its API's token: ${paths.token}`);
}

async function enrol(words: string[], { env, clock, print }: FleetCommandContext): Promise<void> {
  const { values, positionals } = read(() =>
    parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        dir: { type: "string" },
        broker: { type: "string" },
        registry: { type: "string", multiple: true },
        token: { type: "string" },
        replace: { type: "boolean" },
        print: { type: "boolean" },
      },
    }),
  );
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw usage("which one device?");
  // The variable keeps it out of the process list.
  const token = values.token ?? env.BERTH_DEVICE_TOKEN;
  const { path, yaml } = await enrolDevice({
    directory: directoryOf(values.dir, env),
    name,
    broker: brokerOf(values.broker),
    registries: registriesOf(values.registry ?? []),
    ...(token === undefined ? {} : { token }),
    replace: values.replace ?? false,
    now: clock.now(),
  });
  print(values.print ? yaml.trimEnd() : path);
}

async function serve(words: string[], context: FleetCommandContext): Promise<void> {
  const { values } = read(() =>
    parseArgs({
      args: words,
      options: { dir: { type: "string" }, broker: { type: "string" }, listen: { type: "string", default: LISTEN } },
    }),
  );
  const [, hostname = "", port = ""] = /^\[?([^\]]+?)\]?:([0-9]+)$/.exec(values.listen) ?? [];
  if (hostname === "") throw usage(`--listen ${values.listen} is no address and port`);
  // The broker's client and the HTTP server are loaded for this command alone.
  const { serveFleet } = await import("./serve.ts");
  await serveFleet({
    directory: directoryOf(values.dir, context.env),
    broker: brokerOf(values.broker),
    listen: { hostname, port: portOf(port, "--listen") },
    clock: context.clock,
    log: context.log,
    random: () => context.random(),
    signal: context.signal,
    onListening: (address) => context.print(address),
  });
}

function directoryOf(given: string | undefined, env: FleetCommandContext["env"]): string {
  const directory = given ?? env.BERTH_FLEET_DIR;
  if (directory === undefined || directory === "") throw usage("where is the fleet? Give --dir or $BERTH_FLEET_DIR");
  return directory;
}

function brokerOf(broker: string | undefined): string {
  if (broker === undefined) throw usage("where is the broker? Give --broker mqtts://HOST[:PORT]");
  if (!URL.canParse(broker) || !/^mqtts?:$/.test(new URL(broker).protocol)) {
    throw usage(`--broker ${broker} is no mqtts address`);
  }
  return broker;
}

function registriesOf(entries: readonly string[]): Record<string, RegistrySettings> {
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf("=");
      if (equals <= 0) throw usage(`--registry ${entry} is not HOST=URL`);
      return [entry.slice(0, equals), { endpoint: entry.slice(equals + 1) }];
    }),
  );
}

function portOf(text: string, option: string): number {
  const port = Number(text);
  if (/^[0-9]+$/.test(text) && port <= 65_535) return port;
  throw usage(`${option} ${text} is no port`);
}

function read<T>(parsing: () => T): T {
  try {
    return parsing();
  } catch (cause) {
    throw usage(cause instanceof Error ? cause.message : String(cause));
  }
}

function usage(message: string): ReasonError {
  return new ReasonError({ code: "usage", message, allowed: FLEET_USAGE.join("\n") });
}
