import { chmodSync, copyFileSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/**
 * Lays a folder over a tree. Files that are there are replaced, never written into, since the tree
 * may share them with its base. Owner and modes are the image's, not those of whoever checked the
 * project out: root, 0755 for folders and executables, 0644 for the rest.
 */
export function layOver(tree: string, overlay: string): void {
  for (const name of readdirSync(overlay)) {
    const source = join(overlay, name);
    const target = join(tree, name);
    const info = lstatSync(source);
    if (info.isDirectory()) {
      mkdirSync(target, { recursive: true, mode: 0o755 });
      layOver(target, source);
      continue;
    }
    rmSync(target, { force: true });
    if (info.isSymbolicLink()) {
      symlinkSync(readlinkSync(source), target);
    } else {
      copyFileSync(source, target);
      chmodSync(target, info.mode & 0o100 ? 0o755 : 0o644);
    }
  }
}
