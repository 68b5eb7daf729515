import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a program is linked with. */
export interface Links {
  /** The loader's path; undefined for a library and for a static program. */
  readonly loader: string | undefined;
  /** Names of libraries. */
  readonly needed: readonly string[];
}

const MAGIC = 0x464c457f;
const LOAD = 1;
const DYNAMIC = 2;
const INTERPRETER = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;

/** Reads the links of a 64-bit, little-endian ELF file. Source: elf(5). */
export function linksOf(file: Uint8Array): Links {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 64 || bytes.readUInt32LE(0) !== MAGIC || bytes[4] !== 2) throw new Error("not a 64-bit ELF file");
  const word = (at: number) => Number(bytes.readBigUInt64LE(at));
  const text = (at: number) => bytes.toString("latin1", at, bytes.indexOf(0, at));
  const start = word(32);
  const segments = Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => {
    const at = start + index * bytes.readUInt16LE(54);
    return { type: bytes.readUInt32LE(at), offset: word(at + 8), address: word(at + 16), size: word(at + 32) };
  });
  const fileOffset = (address: number) => {
    const segment = segments.find((each) => each.type === LOAD && isIn(address, each));
    if (segment === undefined) throw new Error("its names lie in no segment");
    return address - segment.address + segment.offset;
  };
  const interpreter = segments.find(({ type }) => type === INTERPRETER);
  const dynamic = segments.find(({ type }) => type === DYNAMIC);
  const entries = Array.from({ length: (dynamic?.size ?? 0) / 16 }, (_, index) => {
    const at = (dynamic?.offset ?? 0) + index * 16;
    return { tag: word(at), value: word(at + 8) };
  });
  const names = entries.find(({ tag }) => tag === DT_STRTAB)?.value;
  const needed = entries.filter(({ tag }) => tag === DT_NEEDED);
  return {
    loader: interpreter === undefined ? undefined : text(interpreter.offset),
    needed: names === undefined ? [] : needed.map(({ value }) => text(fileOffset(names) + value)),
  };
}

function isIn(address: number, segment: { readonly address: number; readonly size: number }): boolean {
  return address >= segment.address && address < segment.address + segment.size;
}

/** Where libraries lie in a tree, whoever laid it down. */
function libraryFolders(tree: string): string[] {
  const triplets = ["x86_64-linux-gnu", "aarch64-linux-gnu"];
  return [...triplets.flatMap((name) => [`/usr/lib/${name}`]), "/usr/lib64", "/usr/lib", "/lib64", "/lib"].filter(
    (path) => existsSync(join(tree, path)),
  );
}

/** Programs of a tree and all they load, their loader among it, as absolute paths in the tree. */
export function withLibraries(tree: string, programs: readonly string[]): string[] {
  const folders = libraryFolders(tree);
  const found = new Set<string>(programs);
  for (const path of found) {
    const { loader, needed } = linksOf(readFileSync(join(tree, path)));
    const loaderName = loader?.split("/").at(-1);
    if (loader !== undefined) found.add(loader);
    for (const name of needed) {
      // The loader is itself among what libc needs, under its own path.
      if (name === loaderName || [...found].some((other) => other.endsWith(`/${name}`))) continue;
      const folder = folders.find((each) => existsSync(join(tree, each, name)));
      if (folder === undefined) throw new Error(`${path} needs ${name}, which is not in ${tree}`);
      found.add(`${folder}/${name}`);
    }
  }
  return [...found];
}
