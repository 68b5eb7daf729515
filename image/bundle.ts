import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";
import type { Keys } from "./keys.ts";
import { raucManifest } from "./rauc.ts";
import type { SlotImages } from "./slot.ts";

/** What an update bundle is made from. */
export interface BundleParts {
  readonly slot: SlotImages;
  readonly board: string;
  readonly version: string;
  readonly keys: Pick<Keys, "ca" | "certificate" | "key">;
}

/** Writes a signed update bundle, and checks it against the authority that devices trust. Source: rauc(1). */
export async function writeBundle(path: string, { slot, board, version, keys }: BundleParts): Promise<void> {
  // Beside the images, so that they can be linked.
  const content = `${slot.root}.bundle`;
  const partial = `${path}.partial`;
  rmSync(content, { recursive: true, force: true });
  rmSync(partial, { force: true });
  mkdirSync(content, { recursive: true });
  try {
    linkSync(slot.root, join(content, "root.img"));
    linkSync(slot.boot, join(content, "boot.img"));
    writeFileSync(join(content, "manifest.raucm"), raucManifest(board, version));
    const signing = [`--cert=${keys.certificate}`, `--key=${keys.key}`, `--keyring=${keys.ca}`];
    await run(["rauc", "bundle", ...signing, "--mksquashfs-args=-comp zstd", content, partial]);
    renameSync(partial, path);
  } finally {
    rmSync(content, { recursive: true, force: true });
    rmSync(partial, { force: true });
  }
}
