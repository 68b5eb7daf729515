import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { debianBase, type Variant } from "../../image/base/debian.ts";
import { compileExecutable } from "../../image/executable.ts";
import type { Progress } from "../../image/progress.ts";
import { type Acceleration, chooseAcceleration } from "./acceleration.ts";
import { type CliOptions, type CliResult, runBerth } from "./cli.ts";
import { FleetSide } from "./fleet-side.ts";
import { Machine } from "./machine.ts";
import { givenImage, type MachineImage, ownImage } from "./machine-image.ts";
import { installPackages } from "./packages.ts";
import { Registry } from "./registry.ts";
import { rigFolder } from "./rig-folder.ts";
import { waitFor } from "./wait.ts";
import { type WorkloadImages, workloadImages } from "./workload-image.ts";

/** The registry's name in manifests; devices are told its endpoint by their configuration. */
export const REGISTRY_NAME = "registry.example";
/** The device's port that the example manifest publishes. */
const WEB_PORT = 8080;
const LAN_PORT = 443;

/** Everything that must be built before an appliance can boot. */
export interface Prepared {
  readonly executable: string;
  readonly image: MachineImage;
  readonly acceleration: Acceleration;
  readonly workloads: WorkloadImages;
}

/** Installs, builds and composes what is missing; an image given by the environment is taken as it is. */
export async function prepare(progress: Progress, variant?: Variant): Promise<Prepared> {
  const given = givenImage(process.env);
  await installPackages(progress, given?.arch === "aarch64" ? "aarch64" : "demo");
  const base = await debianBase(progress, variant);
  const executable = await progress.step("Executable", () => compileExecutable());
  const image = given ?? (await ownImage(base, executable, progress));
  const workloads = await workloadImages(base, image.arch, progress);
  const acceleration = await progress.step("KVM, or software emulation", () => chooseAcceleration(image));
  progress.note(`  ${acceleration.kind}: ${acceleration.why}`);
  return { executable, image, acceleration, workloads };
}

/** How one appliance differs from another. */
export interface ApplianceOptions {
  readonly name?: string;
  readonly device?: string;
  readonly memory?: number;
  /** In GiB. */
  readonly diskSize?: number;
  /** Changes the enrolled configuration before the first boot. */
  configure?(yaml: string): string;
}

/** A booted device with its fleet, its broker and a registry: all that the main job needs. */
export class Appliance {
  private constructor(
    readonly prepared: Prepared,
    readonly device: string,
    readonly machine: Machine,
    readonly fleet: FleetSide,
    readonly registry: Registry,
    readonly token: string,
    readonly folder: string,
    /** The `berth.yaml` the fleet made for it. */
    readonly configuration: string,
  ) {}

  /** Starts the fleet's side and switches the device on; {@link ready} waits for it. */
  static async start(prepared: Prepared, progress: Progress, options: ApplianceOptions = {}): Promise<Appliance> {
    const { name = "demo", device = "demo" } = options;
    const registry = await Registry.start(`${name}-registry`);
    const { nginx, busybox } = prepared.workloads;
    await progress.step("Registry with the workloads' images", async () => {
      await registry.push(nginx, "nginx:1");
      await registry.push(nginx, "nginx:zstd", "zstd");
      await registry.push(busybox, "busybox:1");
    });
    const fleet = await progress.step("Fleet: broker and backend", () =>
      FleetSide.start(prepared.executable, `${name}-fleet`),
    );
    const token = randomBytes(24).toString("base64url");
    const registries = { [REGISTRY_NAME]: `http://${registry.guestAddress}` };
    const yaml = await fleet.enrol(device, { token, registries });
    const machine = await Machine.create({
      image: prepared.image,
      acceleration: prepared.acceleration,
      name: `${name}-machine`,
      ports: [LAN_PORT, WEB_PORT],
      config: { "berth.yaml": options.configure?.(yaml) ?? yaml },
      ...(options.memory === undefined ? {} : { memory: options.memory }),
      ...(options.diskSize === undefined ? {} : { diskSize: options.diskSize }),
    });
    const folder = rigFolder(`${name}-files`);
    const appliance = new Appliance(prepared, device, machine, fleet, registry, token, folder, yaml);
    writeFileSync(join(folder, "token"), token, { mode: 0o600 });
    await machine.boot();
    return appliance;
  }

  /** Settles when the LAN API answers. */
  async lanReady(timeout = 240_000): Promise<void> {
    const url = `${this.lanAddress}/healthz`;
    await waitFor(
      "The LAN API",
      timeout,
      async () => {
        const response = await fetch(url, { tls: { rejectUnauthorized: false }, signal: AbortSignal.timeout(5_000) });
        return response.ok;
      },
      500,
    );
  }

  /** Settles when the device is online at its fleet. */
  async online(timeout = 240_000): Promise<void> {
    await waitFor("The device's presence", timeout, () => this.isOnline(), 500);
  }

  /** Whether its fleet takes the device to be connected. */
  async isOnline(): Promise<boolean> {
    const headers = { authorization: `Bearer ${this.fleet.token}` };
    const response = await fetch(`${this.fleet.address}/v1/devices`, { headers });
    const devices: unknown = await response.json();
    return (
      Array.isArray(devices) &&
      devices.some((one: unknown) => isRecord(one) && one.device === this.device && one.online === true)
    );
  }

  /** The LAN API as the host reaches it. */
  get lanAddress(): string {
    return `https://127.0.0.1:${this.machine.port(LAN_PORT)}`;
  }

  /** Where the example's page is found from the host. */
  get webAddress(): string {
    return `http://127.0.0.1:${this.machine.port(WEB_PORT)}`;
  }

  /** The file that holds the LAN API's token. */
  get tokenFile(): string {
    return join(this.folder, "token");
  }

  /** Runs a client command against the device by way of its fleet. */
  overFleet(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    const words = withOptions(argv, ["--device", this.device]);
    return runBerth(this.prepared.executable, words, { env: this.fleet.environment, ...options });
  }

  /** Runs a client command against the device's own LAN API. */
  overLan(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    const words = withOptions(argv, ["--host", this.lanAddress, "--token-file", this.tokenFile, "--insecure"]);
    return runBerth(this.prepared.executable, words, options);
  }

  async stop(): Promise<void> {
    await this.machine.stop();
    await this.fleet.stop();
    await this.registry.stop();
  }
}

/** Options stand before `--`, behind which is the command to run in a workload. */
function withOptions(argv: readonly string[], options: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return end < 0 ? [...argv, ...options] : [...argv.slice(0, end), ...options, ...argv.slice(end)];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
