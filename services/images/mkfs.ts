import { type ChildProcess, spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Writable } from "node:stream";
import { ReasonError } from "../model/reason.ts";

/**
 * lz4 because a device reads far more often than it pulls; a fixed UUID and build time so that one layer gives one
 * file everywhere. Without a source, and only so, mkfs.erofs 1.8 reads a tar archive from a pipe (mkfs.erofs(1)).
 */
const OPTIONS = ["--quiet", "--tar=f", "--aufs", "-zlz4", "-Uclear", "-T0", "--mkfs-time"];
const MESSAGE_LIMIT = 2000;

/** How `mkfs.erofs` ended: undefined if well, else what it said. */
type Ending = { readonly failure: string | undefined };

/** A running `mkfs.erofs` that takes a tar archive and writes `output`. */
export class Mkfs {
  readonly #child: ChildProcess;
  readonly #input: Writable;
  readonly #ended: Promise<Ending>;
  readonly #output: string;
  readonly #watch: ReturnType<typeof setInterval>;
  #taken = 0;
  #letGo: () => void = () => {};
  #open = true;
  #stalled = false;
  #message = "";

  /**
   * @param command The program and arguments that go before its own.
   * @param stallMilliseconds It is killed when it takes and writes nothing for so long: mkfs.erofs 1.8 does not notice
   *   the early end of an archive and would turn for ever.
   */
  constructor(command: readonly string[], output: string, stallMilliseconds: number) {
    const [program = "mkfs.erofs", ...arguments_] = command;
    this.#output = output;
    this.#child = spawn(program, [...arguments_, ...OPTIONS, output], {
      stdio: ["pipe", "ignore", "pipe"],
      // Its temporary files belong on the data partition; nothing else of our environment concerns it.
      env: { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin", TMPDIR: dirname(output), LC_ALL: "C" },
    });
    const { stdin, stderr } = this.#child;
    if (stdin === null) throw new TypeError("a piped child has a standard input");
    this.#input = stdin;
    // It may close its input early, once it has seen the archive's end.
    stdin.on("error", () => {
      this.#open = false;
    });
    stderr?.on("data", (chunk: Uint8Array) => {
      this.#message = (this.#message + new TextDecoder().decode(chunk)).slice(-MESSAGE_LIMIT);
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on("error", (cause) => reject(notStarted(program, cause)));
      this.#child.on("close", (code, signal) => resolve({ failure: this.#failure(code, signal) }));
    });
    this.#ended
      .catch(() => {})
      .finally(() => {
        this.#open = false;
        this.#letGo();
        clearInterval(this.#watch);
      });
    this.#watch = this.#watchProgress(stallMilliseconds);
  }

  /** Hands over a piece of the archive; settles when it is taken, which keeps one piece in memory, not a queue of them. */
  async write(chunk: Uint8Array): Promise<void> {
    if (!this.#open) return;
    await new Promise<void>((resolve) => {
      // Not by a reaction on #ended: those would pile up and hold every piece.
      this.#letGo = resolve;
      this.#input.write(chunk, () => resolve());
    });
    this.#taken += chunk.length;
  }

  /** Ends the archive. Gives what mkfs.erofs complains about, or undefined when the file is made. */
  async finish(): Promise<string | undefined> {
    if (this.#open) this.#input.end();
    return (await this.#ended).failure;
  }

  /** Kills it, and settles when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended.catch(() => {});
  }

  #failure(code: number | null, signal: NodeJS.Signals | null): string | undefined {
    if (this.#stalled) return "mkfs.erofs made no progress";
    const said = this.#message.trim().replace(/\s*\n\s*/g, "; ");
    if (code === 0 && !losesSomething(this.#message)) return undefined;
    return `mkfs.erofs ended with ${code ?? signal}${said === "" ? "" : `: ${said}`}`;
  }

  #watchProgress(stallMilliseconds: number): ReturnType<typeof setInterval> {
    const progress = async () => {
      const { blocks, mtimeMs, size } = await stat(this.#output).catch(() => ({ blocks: 0, mtimeMs: 0, size: 0 }));
      return [this.#taken, this.#input.writableLength, blocks, mtimeMs, size].join();
    };
    let last = "";
    return setInterval(async () => {
      const now = await progress();
      if (now === last) {
        this.#stalled = true;
        this.#child.kill("SIGKILL");
      }
      last = now;
    }, stallMilliseconds);
  }
}

/**
 * Whether mkfs.erofs complained though it ends well: it drops all that follows an entry it does not understand. An
 * attribute that Linux does not know either is no loss.
 */
function losesSomething(said: string): boolean {
  return said.split("\n").some((line) => line.includes("<E>") && !line.includes("Failed to set xattr"));
}

function notStarted(program: string, cause: unknown): ReasonError {
  const message = `${program} cannot be started: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new ReasonError({ code: "tool-missing", message, value: program }, { cause });
}
