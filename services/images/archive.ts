import { open } from "node:fs/promises";
import { join, posix } from "node:path";
import { compressionOf, decompress, MAGIC_LENGTH } from "./decompress.ts";
import { RunningDigest } from "./digest.ts";
import { archiveInvalid } from "./problems.ts";
import { TarError, type TarHeader } from "./tar-header.ts";
import { TarParser } from "./tar-parser.ts";

/** More entries than any image needs. */
const ENTRY_LIMIT = 10_000;
const LINK_LIMIT = 8;

/** A file of the archive, set down under a name of ours. */
export interface ArchivedFile {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
}

/** The files of an archive by their names in it. Names are only ever looked up here, never used on the file system. */
export class ArchiveContents {
  readonly #files = new Map<string, ArchivedFile>();
  readonly #links = new Map<string, string>();

  get entries(): number {
    return this.#files.size + this.#links.size;
  }

  add(name: string, file: ArchivedFile): void {
    this.#links.delete(name);
    this.#files.set(name, file);
  }

  link(name: string, target: string): void {
    this.#files.delete(name);
    this.#links.set(name, target);
  }

  /** The file a name leads to; older `docker save` links layers that occur twice. */
  find(name: string): ArchivedFile | undefined {
    let current = posix.normalize(name);
    for (let links = 0; links < LINK_LIMIT; links++) {
      const target = this.#links.get(current);
      if (target === undefined) return this.#files.get(current);
      current = target;
    }
    return undefined;
  }
}

/**
 * Sets an archive's files down in `directory`, numbered, whatever they are called. Plain, gzip and zstd. Throws
 * `archive-invalid`; the caller deletes the directory.
 */
export async function unpackArchive(
  source: AsyncIterable<Uint8Array>,
  directory: string,
  meter: (bytes: number) => Promise<void>,
): Promise<ArchiveContents> {
  const contents = new ArchiveContents();
  const parser = new TarParser();
  let current: OpenFile | undefined;
  const finish = async () => {
    if (current !== undefined) contents.add(current.name, await current.close());
    current = undefined;
  };
  try {
    for await (const chunk of await uncompressed(source)) {
      await meter(chunk.length);
      for (const item of parser.push(chunk)) {
        if (item.kind === "data") {
          await current?.append(item.bytes);
          continue;
        }
        if (item.kind !== "entry" || item.sparse !== undefined)
          throw new TarError("it has sparse files, which no builder writes around an image's layers");
        await finish();
        if (contents.entries >= ENTRY_LIMIT) throw new TarError(`it has more than ${ENTRY_LIMIT} files`);
        current = await begin(item.entry, contents, join(directory, String(contents.entries)));
      }
    }
    if (!parser.complete) throw new TarError("it breaks off");
    await finish();
    return contents;
  } catch (error) {
    if (error instanceof TarError) throw archiveInvalid(error.message, error);
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw /^(Z|ERR_ZSTD|ZSTD)_/.test(code) ? archiveInvalid("its compression is broken", error) : error;
  } finally {
    await current?.close();
  }
}

async function begin(entry: TarHeader, contents: ArchiveContents, path: string): Promise<OpenFile | undefined> {
  const name = safeName(entry.name);
  switch (entry.type) {
    case "0":
    case "\0":
    case "7":
      return await OpenFile.create(name, path);
    case "1":
      contents.link(name, safeName(entry.link));
      return undefined;
    case "2":
      contents.link(name, safeName(posix.join(posix.dirname(name), entry.link)));
      return undefined;
    case "5":
      return undefined;
    default:
      throw new TarError(`${name} is neither a file nor a directory nor a link`);
  }
}

/** A name inside the archive without `.` parts; one that leads out of it is refused, though it would do no harm here. */
function safeName(name: string): string {
  const normal = posix.normalize(name);
  if (name.startsWith("/") || normal === ".." || normal.startsWith("../"))
    throw new TarError(`${JSON.stringify(name)} leads out of the archive`);
  return normal;
}

/** A file being set down. */
class OpenFile {
  readonly name: string;
  readonly #path: string;
  readonly #file: Awaited<ReturnType<typeof open>>;
  readonly #digest = new RunningDigest();
  #size = 0;

  private constructor(name: string, path: string, file: Awaited<ReturnType<typeof open>>) {
    this.name = name;
    this.#path = path;
    this.#file = file;
  }

  static async create(name: string, path: string): Promise<OpenFile> {
    return new OpenFile(name, path, await open(path, "w", 0o600));
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#digest.add(bytes);
    this.#size += bytes.length;
    await this.#file.writeFile(bytes);
  }

  async close(): Promise<ArchivedFile> {
    await this.#file.close();
    return { path: this.#path, digest: this.#digest.finish(), size: this.#size };
  }
}

/** `source` without its compression (gzip or zstd), told by its first bytes. */
export async function uncompressed(source: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let start = new Uint8Array(0);
  while (start.length < MAGIC_LENGTH) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    first.push(value);
    start = new Uint8Array([...start, ...value.subarray(0, MAGIC_LENGTH)]);
  }
  const whole = (async function* () {
    try {
      yield* first;
      for (;;) {
        const { done, value } = await iterator.next();
        if (done === true) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  })();
  return decompress(whole, compressionOf(start));
}
