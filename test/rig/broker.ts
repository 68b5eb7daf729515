import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, endChild, hasEnded, startChild } from "./child.ts";
import { type Stoppable, stopAtExit, stopped } from "./cleanup.ts";
import { freePort, isListening } from "./port.ts";
import { rigFolder } from "./rig-folder.ts";
import { waitFor } from "./wait.ts";

/** What a broker is started with. Certificates and the access list are the fleet's, given as files. */
export interface BrokerOptions {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly aclFile: string;
  /** Names its folder under `build/rig/`. */
  readonly name?: string;
  /** A free one by default. */
  readonly port?: number;
  /** Where messages and sessions are kept; a folder of the rig by default. */
  readonly persistence?: string;
}

/** A mosquitto that asks clients for a certificate, whose common name is the client's user name. */
export class Broker implements Stoppable {
  readonly port: number;
  readonly #config: string;
  readonly #log: string;
  #child: Child | undefined;

  private constructor(port: number, config: string, log: string) {
    this.port = port;
    this.#config = config;
    this.#log = log;
  }

  /** Writes the configuration and starts the broker. */
  static async start(options: BrokerOptions): Promise<Broker> {
    const folder = rigFolder(options.name ?? "broker");
    const persistence = options.persistence ?? join(folder, "data");
    mkdirSync(persistence, { recursive: true });
    chmodSync(persistence, 0o700);
    const port = options.port ?? (await freePort());
    const config = join(folder, "mosquitto.conf");
    writeFileSync(config, brokerConfig({ ...options, port, persistence }));
    const broker = new Broker(port, config, join(folder, "mosquitto.log"));
    stopAtExit(broker);
    await broker.resume();
    return broker;
  }

  /** Its host and port for the guest of a {@link Machine}. */
  get guestAddress(): string {
    return `10.0.2.2:${this.port}`;
  }

  /** Starts it again after {@link kill}, on the same port with the same persistence. */
  async resume(): Promise<void> {
    const child = startChild(["mosquitto", "-c", this.#config], this.#log);
    this.#child = child;
    await waitFor("The broker", 10_000, () => {
      if (hasEnded(child)) throw new Error(`it ended; see ${this.#log}`);
      return isListening(this.port);
    });
  }

  /** Kills it outright: what it has not written yet is lost. */
  async kill(): Promise<void> {
    this.#child?.process.kill("SIGKILL");
    await this.#child?.ended;
    this.#child = undefined;
  }

  async stop(): Promise<void> {
    stopped(this);
    if (this.#child !== undefined) await endChild(this.#child);
    this.#child = undefined;
  }
}

/** mosquitto's configuration: mutual TLS only, nothing anonymous, no waiting for full packets. */
function brokerConfig(options: BrokerOptions & { readonly port: number; readonly persistence: string }): string {
  return [
    "per_listener_settings false",
    // The rig runs as root in folders of its own; mosquitto would otherwise change to a user that cannot read them.
    "user root",
    "allow_anonymous false",
    `acl_file ${options.aclFile}`,
    "persistence true",
    `persistence_location ${options.persistence}/`,
    // A kill must not lose what was acknowledged more than this long ago.
    "autosave_on_changes true",
    "autosave_interval 1",
    "set_tcp_nodelay true",
    "max_queued_messages 10000",
    "log_dest stdout",
    "log_timestamp_format %Y-%m-%dT%H:%M:%S",
    `listener ${options.port} 127.0.0.1`,
    `cafile ${options.caFile}`,
    `certfile ${options.certFile}`,
    `keyfile ${options.keyFile}`,
    "require_certificate true",
    "use_identity_as_username true",
    "tls_version tlsv1.3",
    "",
  ].join("\n");
}
