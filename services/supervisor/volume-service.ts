import { ReasonError } from "../model/reason.ts";
import type { Volume } from "../model/volume.ts";
import type { Workload } from "../model/workload.ts";
import type { VolumeFacts, Volumes, Workloads } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { Target } from "./target.ts";

/** What may be done with named volumes, and when: they belong to the workloads that name them. */
export class VolumeService {
  readonly #volumes: Volumes;
  readonly #workloads: Workloads;
  readonly #recorder: Recorder;
  readonly #targets: () => ReadonlyMap<string, Target>;

  constructor(options: {
    volumes: Volumes;
    workloads: Workloads;
    recorder: Recorder;
    /** What each workload shall be once every accepted order has ended well. */
    targets(): ReadonlyMap<string, Target>;
  }) {
    this.#volumes = options.volumes;
    this.#workloads = options.workloads;
    this.#recorder = options.recorder;
    this.#targets = options.targets;
  }

  async list(options: { sizes: boolean }): Promise<Volume[]> {
    return (await this.#volumes.list(options)).map((facts) => this.#volume(facts));
  }

  /** Throws `volume-not-found`. */
  async get(name: string): Promise<Volume> {
    const facts = await this.#volumes.find(name);
    if (facts === undefined) throw await this.#notFound(name);
    return this.#volume(facts);
  }

  /** A volume's content as a tar archive. Throws `volume-not-found`. */
  async backup(name: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    await this.get(name);
    return this.#volumes.backup(name, signal);
  }

  /**
   * Replaces a volume's content, or makes the volume. Throws `volume-in-use` while a workload that has it mounted is not
   * stopped, `archive-invalid`, `disk-full`.
   */
  async restore(
    name: string,
    archive: ReadableStream<Uint8Array>,
    options: { signal: AbortSignal; issuer: string },
  ): Promise<Volume> {
    const check = () => this.#refuseWhileMounted(name, "restored");
    await check();
    this.#refuseUnknownOwner(name);
    await this.#volumes.restore(name, archive, { signal: options.signal, check });
    this.#event("volume-restored", `volume ${name} was restored`, options.issuer);
    return this.get(name);
  }

  /** Deletes a volume. Throws `volume-not-found`, or `volume-in-use` while a workload names it. */
  async remove(name: string, by: { issuer: string; order?: string }): Promise<Volume> {
    const volume = await this.get(name);
    const check = async () => {
      this.#refuseWhileNamed(name);
      await this.#refuseWhileMounted(name, "removed");
    };
    await check();
    if (!(await this.#volumes.remove(name, check))) throw await this.#notFound(name);
    this.#event("volume-removed", `volume ${name} was removed`, by.issuer, by.order);
    return volume;
  }

  /** Deletes the volumes of a workload that is going, but for those others name. */
  async removeWith(manifest: Workload, order: { id: string; issuer: string }): Promise<void> {
    const others = new Map([...this.#targets()].filter(([name]) => name !== manifest.name));
    for (const { name } of await this.#volumes.list({ sizes: false })) {
      if (!names(manifest, name)) continue;
      const users = usersOf(name, others);
      if (users.length > 0) continue;
      const removed = await this.#volumes.remove(name, () => this.#refuseWhileMounted(name, "removed"));
      if (removed)
        this.#event("volume-removed", `volume ${name} was removed with ${manifest.name}`, order.issuer, order.id);
    }
  }

  #volume({ name, size, createdAt, lastUsedAt }: VolumeFacts): Volume {
    return {
      name,
      ...(size === undefined ? {} : { size }),
      workloads: usersOf(name, this.#targets()),
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    };
  }

  #refuseWhileNamed(name: string): void {
    const users = usersOf(name, this.#targets());
    if (users.length === 0) return;
    throw new ReasonError({
      code: "volume-in-use",
      message: `volume ${name} belongs to workload ${users.join(", ")}`,
      field: "name",
      value: name,
      allowed: `a volume no workload names; berth remove ${users.join(" ")} first`,
    });
  }

  async #refuseWhileMounted(name: string, what: "restored" | "removed"): Promise<void> {
    const users = await this.#workloads.mounting(name);
    if (users.length === 0) return;
    throw new ReasonError({
      code: "volume-in-use",
      message: `volume ${name} cannot be ${what} while workload ${users.join(", ")} has it mounted`,
      field: "name",
      value: name,
      allowed: `a volume whose workloads are stopped; berth stop ${users.join(" ")} first`,
    });
  }

  /** `WORKLOAD.PLACE` is the device's own way to name a volume: it makes sense for a workload that is there. */
  #refuseUnknownOwner(name: string): void {
    const [owner = "", place] = name.split(".");
    if (place === undefined || this.#targets().has(owner)) return;
    throw new ReasonError({
      code: "workload-not-found",
      message: `volume ${name} would belong to workload ${owner}, which is not on this device`,
      field: "name",
      value: name,
      allowed: "a name without a dot, or of a workload that was applied",
    });
  }

  async #notFound(name: string): Promise<ReasonError> {
    const known = (await this.#volumes.list({ sizes: false })).map((volume) => volume.name).join(", ");
    return new ReasonError({
      code: "volume-not-found",
      message: `there is no volume ${name} on this device`,
      field: "name",
      value: name,
      allowed: known === "" ? "none yet" : known,
    });
  }

  #event(kind: "volume-restored" | "volume-removed", message: string, issuer: string, order?: string): void {
    this.#recorder.event({ kind, message, issuer, ...(order === undefined ? {} : { order }) });
  }
}

/** The workloads whose manifest names a volume, or whose image asked for it. */
function usersOf(volume: string, targets: ReadonlyMap<string, Target>): string[] {
  return [...targets.values()]
    .map(({ manifest }) => manifest)
    .filter((manifest) => names(manifest, volume))
    .map(({ name }) => name)
    .sort();
}

function names(manifest: Workload, volume: string): boolean {
  return volume.startsWith(`${manifest.name}.`) || manifest.volumes.some(({ name }) => name === volume);
}
