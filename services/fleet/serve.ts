import type { Log } from "../host/log.ts";
import { ReasonError } from "../model/reason.ts";
import type { Clock } from "../supervisor/ports.ts";
import { fleetApp } from "./app.ts";
import { readFleet } from "./directory.ts";
import { Fleet } from "./fleet.ts";
import { openRegistry } from "./registry.ts";

const ANSWER_MILLISECONDS = 3_000;

/** What the fleet's backend is started with. */
export interface ServeOptions {
  readonly directory: string;
  /** mqtts://host[:port]. */
  readonly broker: string;
  /** Where the HTTP API listens. It has no TLS of its own: keep it on loopback or behind something that has. */
  readonly listen: { readonly hostname: string; readonly port: number };
  readonly clock: Clock;
  readonly log: Log;
  random(): number;
  readonly signal: AbortSignal;
  /** Called when the API answers, with its address: the port is chosen where `listen.port` is 0. */
  onListening?(address: string): void;
}

/** Runs a fleet's backend until `signal` aborts. Throws as `readFleet` and `openRegistry` do, and `address-unusable`. */
export async function serveFleet(options: ServeOptions): Promise<void> {
  const { clock, log, random, signal, listen } = options;
  const directory = await readFleet(options.directory);
  const registry = openRegistry(directory.paths.database);
  try {
    const fleet = new Fleet({
      registry,
      signing: directory.signing,
      broker: {
        broker: options.broker,
        ca: directory.authority.certificate,
        certificate: directory.client.certificate,
        key: directory.client.privateKey,
      },
      clock,
      log,
      random,
      answerMilliseconds: ANSWER_MILLISECONDS,
    });
    const app = fleetApp(fleet, { token: directory.token, issuer: "fleet" });
    const server = listenOn(listen, app.fetch);
    const address = `http://${listen.hostname.includes(":") ? `[${listen.hostname}]` : listen.hostname}:${server.port}`;
    log.info("the fleet's API listens", { address });
    options.onListening?.(address);
    await fleet.run(signal);
    await server.stop(true);
  } finally {
    registry.close();
  }
}

function listenOn(listen: ServeOptions["listen"], fetch: (request: Request) => Response | Promise<Response>) {
  try {
    // Streams of events stay open for as long as somebody listens.
    return Bun.serve({ ...listen, idleTimeout: 0, fetch });
  } catch (cause) {
    throw new ReasonError(
      {
        code: "address-unusable",
        message: `nothing can listen on ${listen.hostname}:${listen.port}`,
        field: "listen",
        value: `${listen.hostname}:${listen.port}`,
        allowed: "an address of this machine and a free port",
      },
      { cause },
    );
  }
}
