import { rm } from "node:fs/promises";
import { ReasonError } from "../model/reason.ts";
import { decompressFile } from "./decompress.ts";
import { RunningDigest } from "./digest.ts";
import { publish } from "./files.ts";
import { LayerArchive } from "./layer-archive.ts";
import { Mkfs } from "./mkfs.ts";
import { OutlineFile } from "./outline.ts";
import { digestMismatch, explainDiskError, layerInvalid, noSpaceLeft } from "./problems.ts";
import { TarError } from "./tar-header.ts";

/** One layer to convert. */
export interface Conversion {
  /** The layer's blob, verified. */
  readonly blob: string;
  readonly diffId: string;
  /** Where the EROFS file grows; deleted on failure. */
  readonly temporary: string;
  /** The EROFS file's final name. */
  readonly target: string;
  /** The outline's final name. */
  readonly outline: string;
  readonly mkfs: readonly string[];
  readonly stallMilliseconds: number;
  readonly signal: AbortSignal;
  /** Told of each decompressed piece; may refuse it. */
  meter(bytes: number): Promise<void>;
  /** Refuses to go on when the disk is too full. */
  keepReserve(): Promise<void>;
}

/** mkfs.erofs writes most of its file after it has read everything. */
const LOOK_MILLISECONDS = 500;

/**
 * Turns a layer's blob into its EROFS file: decompressed, checked against the diff id, handed to mkfs.erofs, on the disk
 * and renamed. Nothing is unpacked onto the host. Errors: `digest-mismatch`, `layer-invalid`, `disk-full`.
 */
export async function convertLayer(conversion: Conversion): Promise<void> {
  const { temporary, target, diffId } = conversion;
  const temporaryOutline = `${temporary}.outline`;
  const mkfs = new Mkfs(conversion.mkfs, temporary, conversion.stallMilliseconds);
  const onAbort = () => void mkfs.kill();
  conversion.signal.addEventListener("abort", onAbort, { once: true });
  try {
    await feed(conversion, mkfs, temporaryOutline);
    const failure = await finish(conversion, mkfs);
    conversion.signal.throwIfAborted();
    if (failure?.includes("No space left on device")) throw noSpaceLeft(`layer ${diffId}`);
    // A full disk makes it fail in many words.
    if (failure !== undefined) await conversion.keepReserve();
    if (failure !== undefined) throw layerInvalid(diffId, failure);
    // Before the EROFS file, whose name says that the layer is here.
    await publish(temporaryOutline, conversion.outline);
    await publish(temporary, target);
  } catch (error) {
    await mkfs.kill();
    for (const path of [temporary, temporaryOutline]) await rm(path, { force: true });
    throw explain(error, diffId);
  } finally {
    conversion.signal.removeEventListener("abort", onAbort);
  }
}

/** Hands the archive over and checks it on the way. */
async function feed({ blob, diffId, signal, meter }: Conversion, mkfs: Mkfs, outlinePath: string): Promise<void> {
  const digest = new RunningDigest();
  const archive = new LayerArchive();
  const outline = await OutlineFile.create(outlinePath);
  try {
    for await (const chunk of decompressFile(blob)) {
      signal.throwIfAborted();
      digest.add(chunk);
      await meter(chunk.length);
      const pieces = archive.push(chunk);
      // Before a hole of terabytes is written out.
      await meter(archive.holes);
      for (const piece of pieces) await mkfs.write(piece);
      await outline.write(archive.outline);
    }
    const found = digest.finish();
    if (found !== diffId) throw digestMismatch(`the content of layer ${diffId}`, diffId, found);
    await mkfs.write(archive.finish());
    await outline.finish();
  } catch (error) {
    await outline.abandon();
    throw error;
  }
}

/** Waits for mkfs.erofs to end, and ends it itself when it fills the disk. */
async function finish(conversion: Conversion, mkfs: Mkfs): Promise<string | undefined> {
  const look = setInterval(() => void conversion.keepReserve().catch(() => mkfs.kill()), LOOK_MILLISECONDS);
  try {
    return await mkfs.finish();
  } finally {
    clearInterval(look);
  }
}

function explain(error: unknown, diffId: string): unknown {
  if (error instanceof ReasonError) return error;
  if (error instanceof TarError) return layerInvalid(diffId, error.message, error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (/^(Z|ERR_ZSTD|ZSTD)_/.test(code)) return layerInvalid(diffId, "its compression is broken", error);
  return explainDiskError(error, `layer ${diffId}`);
}
