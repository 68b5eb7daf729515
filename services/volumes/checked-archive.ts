import { uncompressed } from "../images/archive.ts";
import { TarError, type TarHeader } from "../images/tar-header.ts";
import { TarParser } from "../images/tar-parser.ts";
import { namesOf } from "../model/paths.ts";
import { ReasonError } from "../model/reason.ts";

/** Files, hard and symbolic links, directories, FIFOs (POSIX pax(1), ustar interchange format). */
const TYPES = ["0", "\0", "7", "1", "2", "5", "6"];

/**
 * The bytes of a tar archive (plain, gzip or zstd) on their way to tar(1), each entry looked at before tar sees it: none
 * may lead out of the folder it is unpacked in, and none may be a device. Throws `archive-invalid`.
 */
export async function* checkedArchive(
  source: AsyncIterable<Uint8Array>,
  meter: (bytes: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const parser = new TarParser();
  const entries = new Entries();
  try {
    for await (const chunk of await uncompressed(source)) {
      for (const item of parser.push(chunk)) if (item.kind === "entry") entries.add(item.entry);
      await meter(chunk.length);
      yield chunk;
    }
    if (!parser.ended) throw new TarError("it breaks off");
  } catch (error) {
    if (error instanceof TarError) throw invalid(error.message, error);
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw /^(Z|ERR_ZSTD|ZSTD)_/.test(code) ? invalid("its compression is broken", error) : error;
  }
}

/** The entries of an archive so far. */
class Entries {
  /** Names that are symbolic links: whatever is put below one of them would go where it leads. */
  readonly #links = new Set<string>();

  add({ name, link, type }: TarHeader): void {
    if (!TYPES.includes(type)) throw new TarError(`${JSON.stringify(name)} is a device or of an unknown kind`);
    const place = this.#placeOf(name);
    if (type === "2") this.#links.add(place);
    // A hard link to a symbolic link is one, too.
    if (type === "1" && this.#links.has(this.#placeOf(link))) this.#links.add(place);
  }

  #placeOf(name: string): string {
    const names = namesOf(name).filter((part) => part !== ".");
    if (name.startsWith("/") || names.includes("..")) throw new TarError(`${JSON.stringify(name)} leads out of it`);
    for (let depth = 1; depth < names.length; depth++) {
      const above = names.slice(0, depth).join("/");
      if (this.#links.has(above)) throw new TarError(`${JSON.stringify(name)} lies behind the link ${above}`);
    }
    return names.join("/");
  }
}

function invalid(why: string, cause: unknown): ReasonError {
  return new ReasonError(
    {
      code: "archive-invalid",
      message: `the archive cannot be restored: ${why}`,
      allowed: "a tar archive as berth volume backup writes it, plain or compressed with gzip or zstd",
    },
    { cause },
  );
}
