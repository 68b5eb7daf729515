import { join } from "node:path";
import { BUILD } from "../image/paths.ts";
import release from "./release.json";

/** The Buildroot release the base is built by: where it is cloned from, its tag, and the commit the tag must be. */
export const RELEASE: Readonly<{ repository: string; tag: string; commit: string }> = release;

/** Where the pinned release is cloned to, when no tree is given. */
export function clonedTree(): string {
  return join(BUILD, "buildroot", `source-${RELEASE.tag}`);
}
