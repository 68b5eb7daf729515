import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../../../image/command.ts";
import { makeTar, pax } from "../../../services/images/fixtures/tar.ts";
import type { AddedLayer } from "./images.ts";

/** A path far longer than a tar header has room for. */
export const LONG = `odd/${Array.from({ length: 9 }, (_, index) => `${index}`.repeat(60)).join("/")}/file`;

/** Bytes of a sparse file, but for the word at its end, which is all that it holds. */
export const HOLE = 24 * 1024 * 1024;

/** Bytes of the file without anything in it but zeros: one beyond a block. */
export const ZEROS = 1024 * 1024 + 1;

/**
 * Two layers by GNU tar, one in pax and one in its own format, with all that archives can say of files, and one with what
 * only other builders write.
 */
export async function oddLayers(folder: string): Promise<AddedLayer[]> {
  const lower = await tarOf(join(folder, "odd-lower"), "pax", (tree) => {
    put(tree, LONG, "long");
    put(tree, "odd/setuid", "x");
    chownSync(join(tree, "odd/setuid"), 12, 34);
    chmodSync(join(tree, "odd/setuid"), 0o4755);
    symlinkSync("/etc/passwd", join(tree, "odd/absolute"));
    put(tree, "odd/hard-one", "one file");
    linkSync(join(tree, "odd/hard-one"), join(tree, "odd/hard-two"));
    put(tree, "odd/parted-one", "before");
    linkSync(join(tree, "odd/parted-one"), join(tree, "odd/parted-two"));
    put(tree, "odd/empty", "");
    put(tree, "odd/zeros", new Uint8Array(ZEROS));
    putSparse(tree, "odd/sparse");
    for (const name of ["gone", "opaque/below", "replaced", "directory/file"]) put(tree, `odd/${name}`, "lower");
  });
  const upper = await tarOf(join(folder, "odd-upper"), "gnu", (tree) => {
    for (const name of [".wh.gone", "opaque/.wh..wh..opq"]) put(tree, `odd/${name}`, "");
    for (const name of ["opaque/above", "replaced", "directory"]) put(tree, `odd/${name}`, "upper");
    put(tree, "odd/parted-two", "after");
    symlinkSync(`/${LONG}`, join(tree, "odd/long-link"));
  });
  const others = makeTar([
    pax({ "SCHILY.xattr.user.berth": "an attribute" }),
    { name: "/odd/attribute", content: "x" },
    { name: "odd/old-directory/" },
    { name: "dev/null", type: "3", device: [1, 3] },
  ]);
  return [
    { tar: lower, compression: "zstd" },
    { tar: upper, compression: "gzip" },
    { tar: others, compression: "none" },
  ];
}

/** A layer with a sparse file by GNU tar's own format, which umoci does not know. */
export function sparseLayer(folder: string): Promise<Uint8Array> {
  return tarOf(join(folder, "sparse"), "gnu", (tree) => putSparse(tree, "odd/sparse"));
}

function put(tree: string, name: string, content: string | Uint8Array): void {
  const path = join(tree, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function putSparse(tree: string, name: string): void {
  put(tree, name, "");
  truncateSync(join(tree, name), HOLE);
  appendFileSync(join(tree, name), "end");
}

async function tarOf(tree: string, format: "pax" | "gnu", fill: (tree: string) => void): Promise<Uint8Array> {
  fill(tree);
  const archive = `${tree}.tar`;
  await run(["tar", "-C", tree, `--format=${format}`, "--sparse", "-cf", archive, "odd"]);
  const bytes = new Uint8Array(readFileSync(archive));
  rmSync(tree, { recursive: true });
  rmSync(archive);
  return bytes;
}
