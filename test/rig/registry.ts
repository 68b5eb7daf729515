import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../image/command.ts";
import { type Child, endChild, hasEnded, startChild } from "./child.ts";
import { type Stoppable, stopAtExit, stopped } from "./cleanup.ts";
import { freePort, isListening } from "./port.ts";
import { rigFolder } from "./rig-folder.ts";
import { waitFor } from "./wait.ts";

/** How layers are compressed in the registry. */
export type LayerCompression = "gzip" | "zstd";

/** An OCI registry on loopback, plain HTTP: Debian's docker-registry. */
export class Registry implements Stoppable {
  readonly port: number;
  readonly #folder: string;
  #child: Child | undefined;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  /** Starts a registry with nothing in it. */
  static async start(name = "registry"): Promise<Registry> {
    const registry = new Registry(await freePort(), rigFolder(name));
    stopAtExit(registry);
    await registry.resume();
    return registry;
  }

  /** Its address for programs on the host. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Its address for the guest of a {@link Machine}. */
  get guestAddress(): string {
    return `10.0.2.2:${this.port}`;
  }

  /** Where its blobs lie, for tests that damage them. */
  get storage(): string {
    return join(this.#folder, "storage");
  }

  /** What it has written, a line a request among it. */
  log(): string {
    return readFileSync(this.#log, "utf8");
  }

  get #log(): string {
    return join(this.#folder, "registry.log");
  }

  /** Starts it again after {@link pause}, on the same port with what it holds. */
  async resume(): Promise<void> {
    mkdirSync(this.storage, { recursive: true });
    const config = join(this.#folder, "config.json");
    // YAML takes JSON as it is.
    writeFileSync(config, JSON.stringify(this.#config()));
    const child = startChild(["docker-registry", "serve", config], this.#log);
    this.#child = child;
    await waitFor("The registry", 15_000, () => {
      if (hasEnded(child)) throw new Error(`it ended; see ${this.#log}`);
      return isListening(this.port);
    });
  }

  /** Takes it away for a while, as an outage would. */
  async pause(): Promise<void> {
    if (this.#child !== undefined) await endChild(this.#child);
    this.#child = undefined;
  }

  /** Pushes an image of an OCI layout (`layout:tag`) as `reference` (`name:tag`). */
  async push(layout: string, reference: string, compression: LayerCompression = "gzip"): Promise<void> {
    const target = `docker://${this.address}/${reference}`;
    if (compression === "gzip") {
      await skopeo("--dest-tls-verify=false", `oci:${layout}`, target);
      return;
    }
    // skopeo compresses only what is not compressed, and would put in a gzip layer of the same
    // content that it has pushed before.
    const plain = mkdtempSync(join(this.#folder, "plain-"));
    const packed = `${plain}.zstd`;
    try {
      await skopeo("--dest-decompress", `oci:${layout}`, `dir:${plain}`);
      const zstd = ["--dest-compress", "--dest-compress-format", "zstd"];
      await skopeo(...zstd, `dir:${plain}`, `oci:${packed}:1`);
      await skopeo("--dest-tls-verify=false", "--preserve-digests", `oci:${packed}:1`, target);
    } finally {
      for (const folder of [plain, packed]) rmSync(folder, { recursive: true, force: true });
    }
  }

  async stop(): Promise<void> {
    stopped(this);
    await this.pause();
  }

  #config(): object {
    return {
      version: 0.1,
      log: { level: "warn" },
      storage: {
        filesystem: { rootdirectory: this.storage },
        delete: { enabled: true },
      },
      http: { addr: `127.0.0.1:${this.port}` },
    };
  }
}

async function skopeo(...argv: string[]): Promise<void> {
  await run(["skopeo", "--insecure-policy", "copy", "--quiet", ...argv]);
}
