import { type FileHandle, open, rm } from "node:fs/promises";
import { ReasonError } from "../model/reason.ts";
import { RunningDigest } from "./digest.ts";
import type { LayerSource } from "./image-file.ts";
import { digestMismatch, hasCode } from "./problems.ts";
import type { BlobPart } from "./registry.ts";
import { type RetryDelays, waitToRetry } from "./retry.ts";

/** A power cut costs at most this much of a download. */
const SYNC_EVERY = 16 * 1024 * 1024;

/** One blob to download. */
export interface Download {
  readonly blob: Pick<LayerSource, "digest" | "size">;
  /** The file that holds the beginning of the blob, and in the end all of it. */
  readonly file: string;
  readonly signal: AbortSignal;
  readonly delays: RetryDelays;
  /** Asks for the blob's bytes from an offset on. */
  fetch(offset: number): Promise<BlobPart>;
  /** Told of every piece before it is written; may refuse it. */
  meter(bytes: number): Promise<void>;
  /** Bytes here so far. */
  report(done: number): void;
}

/**
 * Downloads a blob into `file`, going on where an earlier try stopped, and verifies it. A blob that turns out wrong is
 * deleted; if part of it came from an earlier try, that part may have been at fault (a power cut), and it is
 * downloaded once more from the start.
 */
export async function downloadBlob(download: Download): Promise<void> {
  try {
    const resumed = await attempt(download);
    if (resumed !== "wrong") return;
    await attempt(download);
  } catch (error) {
    if (hasCode(error, "digest-mismatch")) await rm(download.file, { force: true });
    throw error;
  }
}

async function attempt(download: Download): Promise<"done" | "wrong"> {
  const { blob } = download;
  const file = await open(download.file, "a+", 0o600);
  try {
    const kept = await Kept.of(file, blob.size);
    const before = kept.size;
    download.report(kept.size);
    await fill(download, kept);
    await file.sync();
    const found = kept.digest.finish();
    if (found === blob.digest) return "done";
    await file.truncate(0);
    if (before > 0) return "wrong";
    throw digestMismatch(`blob ${blob.digest}`, blob.digest, found);
  } finally {
    await file.close();
  }
}

/** Asks until every byte is here. Tries are counted anew whenever some came. */
async function fill(download: Download, kept: Kept): Promise<void> {
  for (let tries = 0; kept.size < download.blob.size; ) {
    const start = kept.size;
    try {
      await transfer(download, kept);
    } catch (error) {
      if (kept.size > start) tries = 0;
      await waitToRetry(error, tries, download);
      tries++;
    }
  }
}

async function transfer(download: Download, kept: Kept): Promise<void> {
  const { blob } = download;
  const part = await download.fetch(kept.size);
  if (part.offset !== kept.size) await kept.restart();
  let unsynced = 0;
  for await (const chunk of part.body) {
    download.signal.throwIfAborted();
    if (kept.size + chunk.length > blob.size)
      throw digestMismatch(`blob ${blob.digest}`, blob.digest, `of more than the promised ${blob.size} bytes`);
    await download.meter(chunk.length);
    await kept.append(chunk);
    download.report(kept.size);
    unsynced += chunk.length;
    if (unsynced >= SYNC_EVERY) {
      await kept.file.datasync();
      unsynced = 0;
    }
  }
  if (kept.size < blob.size)
    throw new ReasonError(
      {
        code: "registry-unreachable",
        message: `the registry broke off after ${kept.size} of ${blob.size} bytes of blob ${blob.digest}`,
      },
      { transient: true },
    );
}

/** The part of a blob that is in the file, and its running digest. */
class Kept {
  readonly file: FileHandle;
  size = 0;
  digest = new RunningDigest();

  private constructor(file: FileHandle) {
    this.file = file;
  }

  /** Reads what the file holds already; a file longer than the blob can only be wrong and is emptied. */
  static async of(file: FileHandle, limit: number): Promise<Kept> {
    const kept = new Kept(file);
    if ((await file.stat()).size > limit) await file.truncate(0);
    const buffer = new Uint8Array(1024 * 1024);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, kept.size);
      if (bytesRead === 0) return kept;
      kept.digest.add(buffer.subarray(0, bytesRead));
      kept.size += bytesRead;
    }
  }

  async append(chunk: Uint8Array): Promise<void> {
    for (let written = 0; written < chunk.length; )
      written += (await this.file.write(chunk, written, chunk.length - written)).bytesWritten;
    this.digest.add(chunk);
    this.size += chunk.length;
  }

  async restart(): Promise<void> {
    await this.file.truncate(0);
    this.size = 0;
    this.digest = new RunningDigest();
  }
}
