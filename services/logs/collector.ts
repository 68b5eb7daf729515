import { readdirSync, readFileSync, watch } from "node:fs";
import type { Log } from "../host/log.ts";
import { InstanceLog } from "./instance-log.ts";
import { type Pipe, readPipe } from "./pipe.ts";
import { instanceOfSettings, type LogPlaces, logFolder, PipeSettings, pipePaths } from "./places.ts";
import { RotatedFile } from "./rotated-file.ts";

/** How often it is told that lines are being dropped, in milliseconds. */
const TELL = 1_000;
const STREAMS = ["stdout", "stderr"] as const;

/** One instance's pipes, and whose files they lead to. */
interface Collected {
  readonly settings: string;
  readonly pipes: readonly Pipe[];
  readonly shared: Shared;
}

/** One workload's files, and how many instances write to them: two while one is replaced without a gap. */
interface Shared {
  readonly file: RotatedFile;
  /** Those that are not read to their end. */
  users: number;
  /** Those of them whose pipes are there. */
  writers: number;
}

/**
 * Reads the pipes of all workloads and writes what comes to their logs. A pipe that is new is found, one that is gone is
 * read to its end. Nothing it knows is lost with it but the piece in hand: pipes and files are all there is.
 */
export class Collector {
  readonly #places: LogPlaces;
  readonly #log: Log;
  readonly #collected = new Map<string, Collected>();
  readonly #files = new Map<string, Shared>();
  #watcher: ReturnType<typeof watch> | undefined;

  constructor(places: LogPlaces, log: Log) {
    this.#places = places;
    this.#log = log;
  }

  start(): void {
    this.#watcher = watch(this.#places.pipes, () => this.look());
    this.look();
  }

  stop(): void {
    this.#watcher?.close();
    for (const { pipes } of this.#collected.values()) for (const pipe of pipes) pipe.cancel();
    this.#collected.clear();
  }

  /** Looks which pipes there are. */
  look(): void {
    const names = new Set(readdirSync(this.#places.pipes).flatMap((file) => instanceOfSettings(file) ?? []));
    for (const [name, { settings, pipes, shared }] of this.#collected) {
      if (names.has(name) && settings === this.#settings(name) && pipes.every((pipe) => pipe.isThere())) continue;
      if (--shared.writers === 0) shared.file.settle();
      for (const pipe of pipes) pipe.finish();
      this.#collected.delete(name);
    }
    for (const name of names) {
      if (this.#collected.has(name)) continue;
      try {
        this.#collect(name);
      } catch (error) {
        this.#log.warning("a workload's output is not read", { workload: name, error });
      }
    }
  }

  #settings(name: string): string {
    try {
      return readFileSync(pipePaths(this.#places, name).settings, "utf8");
    } catch {
      return "";
    }
  }

  #collect(name: string): void {
    const text = this.#settings(name);
    if (text === "") return;
    const settings = PipeSettings.parse(JSON.parse(text));
    const shared = this.#share(settings);
    const log = new InstanceLog(shared.file, settings.rate, performance.now());
    let telling: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      telling = undefined;
      log.tell(new Date());
    };
    let open = STREAMS.length;
    const pipes = STREAMS.map((stream) =>
      readPipe(pipePaths(this.#places, name)[stream], {
        onChunk(chunk) {
          if (log.take(stream, chunk, new Date(), performance.now())) telling ??= setTimeout(tell, TELL);
        },
        onEnd: (error) => {
          if (error !== undefined) this.#log.warning("a workload's output was cut off", { workload: name, error });
          log.end(stream, new Date());
          if (--open > 0) return;
          clearTimeout(telling);
          tell();
          this.#release(settings.workload, shared);
        },
      }),
    );
    this.#collected.set(name, { settings: text, pipes, shared });
    // Removed meanwhile: its folder was not there to be put aside.
    if (this.#settings(name) === "") shared.file.discard();
  }

  /** A workload's files, open for as long as one of its instances writes to them. */
  #share(settings: PipeSettings): Shared {
    const { workload } = settings;
    const known = this.#files.get(workload);
    // What is left of one that was removed goes where that went.
    const shared =
      known === undefined || known.file.gone
        ? { file: new RotatedFile(logFolder(this.#places, workload), settings), users: 0, writers: 0 }
        : known;
    shared.file.bound(settings);
    shared.users++;
    shared.writers++;
    this.#files.set(workload, shared);
    try {
      shared.file.make();
    } catch {
      // The disk is full. The pipes are read all the same, and it is made once there is room.
    }
    return shared;
  }

  #release(workload: string, shared: Shared): void {
    if (--shared.users > 0) return;
    shared.file.close();
    if (this.#files.get(workload) === shared) this.#files.delete(workload);
  }
}
