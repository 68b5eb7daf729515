import { constants } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { mustRun, runCommand } from "../host/command.ts";
import { ReasonError } from "../model/reason.ts";
import type { FoundTarget } from "./flash-plan.ts";

/** What an image is written to. */
export interface Target {
  /** Bytes it can hold. */
  readonly size: number;
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** The bytes there now; fewer only at its end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Puts on the medium what was written. */
  sync(): Promise<void>;
  /** Makes the next reads come from the medium, not from memory. Call `sync` before. */
  dropCache(): Promise<void>;
  close(): Promise<void>;
}

/** Finds out what a path leads to. */
export async function findTarget(path: string): Promise<FoundTarget> {
  let real: string;
  try {
    real = await realpath(path);
  } catch {
    return { kind: "missing", path };
  }
  const info = await stat(real);
  if (info.isFile()) return { kind: "file", path: real, size: info.size };
  return { kind: info.isBlockDevice() ? "device" : "other", path: real };
}

/**
 * Opens a target to write `imageSize` bytes: a disk for itself alone, so that nothing mounts it meanwhile; a file grows to
 * the image's size. Throws `target-unusable`.
 */
export async function openTarget(found: FoundTarget, imageSize: number): Promise<Target> {
  // On a disk O_EXCL fails while the kernel uses it: a mount, swap, a volume, a RAID (open(2)).
  const exclusive = found.kind === "device" ? constants.O_EXCL : 0;
  let file: FileHandle;
  try {
    file = await open(found.path, constants.O_RDWR | exclusive);
  } catch (cause) {
    throw unusable(found.path, cause);
  }
  if (found.kind === "device") {
    const size = Number(await mustRun(["blockdev", "--getsize64", found.path]));
    return new OpenTarget(file, found.path, size, ["blockdev", "--flushbufs", found.path]);
  }
  const { size } = await file.stat();
  if (size < imageSize) await file.truncate(imageSize);
  // dd(1) names this as the way to drop a file's cache.
  const drop = ["dd", `of=${found.path}`, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"];
  return new OpenTarget(file, found.path, Math.max(size, imageSize), drop);
}

function unusable(path: string, cause: unknown): ReasonError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const why =
    code === "EBUSY"
      ? "something uses it: a mount, swap, a volume or another program"
      : code === "EACCES" || code === "EPERM"
        ? "this user may not write it; root may"
        : cause instanceof Error
          ? cause.message
          : String(cause);
  return new ReasonError({ code: "target-unusable", message: `${path} cannot be written: ${why}` }, { cause });
}

class OpenTarget implements Target {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #drop: readonly string[];
  readonly size: number;

  constructor(file: FileHandle, path: string, size: number, drop: readonly string[]) {
    this.#file = file;
    this.#path = path;
    this.size = size;
    this.#drop = drop;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, offset + done);
        done += bytesWritten;
      }
    } catch (cause) {
      throw failed(`${this.#path} failed while byte ${offset} was written`, cause);
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    try {
      let done = 0;
      while (done < length) {
        const { bytesRead } = await this.#file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    } catch (cause) {
      throw failed(`${this.#path} failed while byte ${offset} was read`, cause);
    }
  }

  async sync(): Promise<void> {
    try {
      await this.#file.sync();
    } catch (cause) {
      throw failed(`${this.#path} failed while its cache was written out`, cause);
    }
  }

  async dropCache(): Promise<void> {
    await mustRun(this.#drop);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function failed(what: string, cause: unknown): ReasonError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ReasonError({ code: "target-failed", message: `${what}: ${why}` }, { cause });
}

/** Asks the kernel to look at a disk's partition table again. What uses the disk by then may refuse: nothing is lost. */
export async function rereadPartitions(path: string): Promise<void> {
  await runCommand(["blockdev", "--rereadpt", path]);
}
