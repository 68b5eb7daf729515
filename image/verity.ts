import { statSync } from "node:fs";
import { run } from "./command.ts";
import { fileDigest, textDigest } from "./digest.ts";

/** dm-verity's block, for data and hashes alike. */
const BLOCK = 4096;

/** What the kernel must be told to verify a root file system. */
export interface Verity {
  /** How many blocks of 4096 bytes the file system has; its hash tree begins right behind them. */
  readonly blocks: number;
  /** The hash of the hash tree's top, in hex: whoever knows it knows the whole file system. */
  readonly rootHash: string;
  readonly salt: string;
}

/**
 * Appends the hash tree to a file system's image. The salt comes from the content, so that the same file system gives the
 * same image. No superblock: the kernel is told all by its command line. Source: veritysetup(8).
 */
export async function appendHashTree(image: string): Promise<Verity> {
  const { size } = statSync(image);
  if (size % BLOCK !== 0) throw new Error(`${image}: its size (${size} B) is not in whole blocks of ${BLOCK} B`);
  const salt = textDigest("berth root file system", await fileDigest(image));
  const output = await run([
    "veritysetup",
    "format",
    "--no-superblock",
    `--data-block-size=${BLOCK}`,
    `--hash-block-size=${BLOCK}`,
    "--hash=sha256",
    `--salt=${salt}`,
    `--data-blocks=${size / BLOCK}`,
    `--hash-offset=${size}`,
    image,
    image,
  ]);
  return { blocks: size / BLOCK, rootHash: rootHashIn(output), salt };
}

/** Finds the root hash in what `veritysetup format` prints. */
function rootHashIn(output: string): string {
  const hash = /^Root hash:\s+([0-9a-f]{64})$/mu.exec(output)?.[1];
  if (hash === undefined) throw new Error(`veritysetup told no root hash:\n${output}`);
  return hash;
}

/**
 * The device mapper's table for a verified root, in the kernel's words: file system and hash tree are on the same
 * partition. Source: Documentation/admin-guide/device-mapper/verity.rst.
 */
export function verityTable({ blocks, rootHash, salt }: Verity, partition: string): string {
  const sectors = (blocks * BLOCK) / 512;
  return `0 ${sectors} verity 1 ${partition} ${partition} ${BLOCK} ${BLOCK} ${blocks} ${blocks} sha256 ${rootHash} ${salt}`;
}

/** The size in bytes of a file system of so many blocks together with its hash tree. */
export function verifiedSize(blocks: number): number {
  const hashes = BLOCK / 32;
  let total = blocks;
  for (let level = blocks; level > 1; total += level) level = Math.ceil(level / hashes);
  return total * BLOCK;
}
