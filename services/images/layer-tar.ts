import { Buffer } from "node:buffer";
import { constants, type FileHandle, lstat, open } from "node:fs/promises";
import { RunningDigest } from "./digest.ts";
import { isMissing } from "./files.ts";
import { type Layout, layerFile, outlineFile } from "./layout.ts";
import { readOutline } from "./outline.ts";
import { notExportable } from "./problems.ts";

/** A layer's files, to be read below a directory. */
export interface OpenedLayer {
  readonly root: string;
  close(): void | Promise<void>;
}

/** Makes the files in an EROFS file readable. */
export type OpenLayer = (erofs: string) => Promise<OpenedLayer>;

const CHUNK = 256 * 1024;

/** Bytes of a layer's archive. Throws `layer-not-exportable` where its outline is missing or broken. */
export async function layerTarSize(layout: Layout, diffId: string): Promise<number> {
  try {
    let size = 0;
    for await (const record of readOutline(outlineFile(layout, diffId)))
      size += record.kind === "file" ? record.size : record.bytes.length;
    return size;
  } catch (error) {
    const why = isMissing(error) ? "its outline is missing" : "its outline is damaged";
    throw notExportable(diffId, `${why}; remove the image and pull it again`, error);
  }
}

/**
 * A layer's archive as it was, put together of its outline and the files in its EROFS file, and checked against the diff
 * id: at its end it throws `layer-not-exportable` when it is another.
 */
export async function* layerTar(
  layout: Layout,
  diffId: string,
  { openLayer, signal }: { readonly openLayer: OpenLayer; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const digest = new RunningDigest();
  const layer = await openLayer(layerFile(layout, diffId));
  const files = new LayerFiles(layer.root, diffId);
  try {
    for await (const record of readOutline(outlineFile(layout, diffId))) {
      signal.throwIfAborted();
      const pieces = record.kind === "bytes" ? [record.bytes] : files.read(record);
      for await (const piece of pieces) {
        digest.add(piece);
        yield piece;
      }
    }
  } finally {
    await layer.close();
  }
  const found = digest.finish();
  if (found !== diffId) throw notExportable(diffId, `what the disk holds of it has the digest ${found}`);
}

/** Reads files of a layer by their paths in it, and follows no link on the way. */
class LayerFiles {
  readonly #root: string;
  readonly #diffId: string;
  readonly #directories = new Set<string>([""]);

  constructor(root: string, diffId: string) {
    this.#root = root;
    this.#diffId = diffId;
  }

  async *read({ path, size, at }: { path: string; size: number; at: number }): AsyncGenerator<Uint8Array> {
    const file = await this.#open(path);
    try {
      let left = size;
      while (left > 0) {
        const buffer = new Uint8Array(Math.min(CHUNK, left));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, at + size - left);
        if (bytesRead === 0) throw this.#another(path);
        left -= bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  async #open(path: string): Promise<FileHandle> {
    try {
      await this.#requireDirectory(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
      const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
      return await open(this.#at(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (error) {
      throw this.#another(path, error);
    }
  }

  async #requireDirectory(path: string): Promise<void> {
    if (this.#directories.has(path)) return;
    await this.#requireDirectory(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
    if (!(await lstat(this.#at(path))).isDirectory()) throw this.#another(path);
    this.#directories.add(path);
  }

  /** Names are bytes, written here one character a byte. */
  #at(path: string): Buffer {
    return Buffer.concat([Buffer.from(`${this.#root}/`), Buffer.from(path, "latin1")]);
  }

  #another(path: string, cause?: unknown) {
    return notExportable(
      this.#diffId,
      `${JSON.stringify(path)} in it was replaced by a later entry of the same layer`,
      cause,
    );
  }
}
