import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../image/command.ts";
import { Broker } from "./broker.ts";
import { type Child, endChild, hasEnded, startChild } from "./child.ts";
import { type Stoppable, stopAtExit, stopped } from "./cleanup.ts";
import { freePort, isListening } from "./port.ts";
import { rigFolder } from "./rig-folder.ts";
import { waitFor } from "./wait.ts";

/** The host as the guest of a {@link Machine} sees it. */
const HOST_IN_GUEST = "10.0.2.2";

/** An operator's side of the fleet: broker and `berth fleet serve`, set up by Berth's own commands. */
export class FleetSide implements Stoppable {
  readonly broker: Broker;
  readonly directory: string;
  readonly #executable: string;
  readonly #folder: string;
  readonly #port: number;
  #server: Child | undefined;

  private constructor(options: {
    broker: Broker;
    directory: string;
    executable: string;
    folder: string;
    port: number;
  }) {
    this.broker = options.broker;
    this.directory = options.directory;
    this.#executable = options.executable;
    this.#folder = options.folder;
    this.#port = options.port;
  }

  /** Makes a new fleet and starts it. */
  static async start(executable: string, name = "fleet"): Promise<FleetSide> {
    const folder = rigFolder(name);
    const directory = join(folder, "fleet");
    await run([executable, "fleet", "init", "--dir", directory, "--address", "127.0.0.1", "--address", HOST_IN_GUEST]);
    const broker = await Broker.start({
      name: `${name}-broker`,
      caFile: join(directory, "ca.crt"),
      certFile: join(directory, "broker.crt"),
      keyFile: join(directory, "broker.key"),
      aclFile: join(directory, "broker.acl"),
    });
    const fleet = new FleetSide({ broker, directory, executable, folder, port: await freePort() });
    stopAtExit(fleet);
    await fleet.resume();
    return fleet;
  }

  /** The fleet's HTTP API. */
  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What the command line needs to reach it: `BERTH_FLEET` and `BERTH_FLEET_DIR`. */
  get environment(): Readonly<Record<string, string>> {
    return { BERTH_FLEET: this.address, BERTH_FLEET_DIR: this.directory };
  }

  /** The bearer token of its API. */
  get token(): string {
    return readFileSync(join(this.directory, "token"), "utf8").trim();
  }

  /** Enrols a device and gives its `berth.yaml`. `registries` are endpoints by registry. */
  async enrol(
    device: string,
    options: { registries?: Readonly<Record<string, string>>; token?: string } = {},
  ): Promise<string> {
    const registries = Object.entries(options.registries ?? {}).flatMap(([host, url]) => [
      "--registry",
      `${host}=${url}`,
    ]);
    const broker = `mqtts://${HOST_IN_GUEST}:${this.broker.port}`;
    const argv = [this.#executable, "fleet", "enrol", device, "--dir", this.directory, "--broker", broker, "--print"];
    const env = options.token === undefined ? {} : { BERTH_DEVICE_TOKEN: options.token };
    return run([...argv, ...registries], { env });
  }

  /** Starts `berth fleet serve`, again after a {@link pause}. */
  async resume(): Promise<void> {
    const log = join(this.#folder, "serve.log");
    const broker = `mqtts://127.0.0.1:${this.broker.port}`;
    const listen = `127.0.0.1:${this.#port}`;
    const argv = [this.#executable, "fleet", "serve", "--dir", this.directory, "--broker", broker, "--listen", listen];
    const server = startChild(argv, log);
    this.#server = server;
    await waitFor("The fleet's API", 20_000, () => {
      if (hasEnded(server)) throw new Error(`it ended; see ${log}`);
      return isListening(this.#port);
    });
  }

  /** Ends `berth fleet serve`; the broker stays. */
  async pause(): Promise<void> {
    if (this.#server !== undefined) await endChild(this.#server);
    this.#server = undefined;
  }

  async stop(): Promise<void> {
    stopped(this);
    await this.pause();
    await this.broker.stop();
  }
}
