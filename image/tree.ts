import { chmodSync, cpSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Base } from "./base/base.ts";
import { run } from "./command.ts";
import { layOver } from "./overlay.ts";
import type { Release } from "./release.ts";

/** What goes into a root file system beside its base. */
export interface TreeParts {
  readonly base: Base;
  /** Folders laid over the base, in order. */
  readonly overlays: readonly string[];
  /** The compiled `berth`. */
  readonly executable: string;
  readonly release: Release;
  /** Further files that are generated, by their path in the tree. */
  readonly files: Readonly<Record<string, string>>;
  /** Further files that are copied, by their path in the tree. */
  readonly copies: Readonly<Record<string, string>>;
}

/** Where the device mounts what is not in its root file system. */
const MOUNT_POINTS = ["data", "efi"];

/** Folders of the base whose content a running system gets elsewhere: memory, or the boot loader. */
const EMPTIED = ["boot", "var", "run", "tmp"];

/**
 * Stages the root file system's tree in `stage`. The base is hard-linked, not copied, so nothing
 * here may write into a file in place: each changed file is a new one put under the old name.
 */
export async function stageTree(stage: string, parts: TreeParts): Promise<void> {
  rmSync(stage, { recursive: true, force: true });
  await run(["cp", "--archive", "--link", parts.base.tree, stage]);
  for (const folder of EMPTIED) {
    for (const name of readdirSync(join(stage, folder))) {
      rmSync(join(stage, folder, name), { recursive: true, force: true });
    }
  }
  for (const overlay of parts.overlays) layOver(stage, overlay);
  for (const name of parts.base.strip) rmSync(join(stage, name), { recursive: true, force: true });
  // Users are made here, since /etc is read-only on the device.
  if (parts.base.sysusers !== undefined) await run([...parts.base.sysusers, `--root=${stage}`]);
  place(stage, "usr/lib/berth/release.json", `${JSON.stringify(parts.release, null, 2)}\n`);
  // The device's clock never starts before this file's time (all files get the release's date).
  place(stage, "usr/lib/clock-epoch", "");
  // There and empty: init lays the machine's own over it.
  place(stage, "etc/machine-id", "");
  for (const [name, text] of Object.entries(parts.files)) place(stage, name, text);
  for (const [name, source] of Object.entries(parts.copies)) place(stage, name, readFileSync(source));
  for (const name of MOUNT_POINTS) mkdirSync(join(stage, name), { recursive: true });
  install(parts.executable, join(stage, "usr/bin/berth"));
}

function place(stage: string, name: string, content: string | Uint8Array): void {
  const path = join(stage, name);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  writeFileSync(path, content, { mode: 0o644 });
}

function install(source: string, target: string): void {
  rmSync(target, { force: true });
  chmodSync(source, 0o755);
  try {
    linkSync(source, target);
  } catch {
    // The executable lies on another file system.
    cpSync(source, target);
  }
}
