import { statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ARCHITECTURES } from "./architecture.ts";
import type { Base } from "./base/base.ts";
import { run } from "./command.ts";
import { PROJECT } from "./paths.ts";

/** What an image is, as the device reads it from `/usr/lib/berth/release.json`. */
export interface Release {
  readonly version: string;
  readonly base: string;
  readonly board: string;
  /** As the API has it: OCI's word. */
  readonly architecture: string;
  /** The commit it was built from; `+changes` when the work tree differed. */
  readonly revision: string;
  /** When that commit was made, RFC 3339; the device's clock never goes below it. */
  readonly date: string;
}

/** Gathers the release data of an image about to be composed. */
export async function releaseOf(base: Base): Promise<Release> {
  const manifest = z.object({ version: z.string() });
  const { version } = manifest.parse(await Bun.file(MANIFEST).json());
  const architecture = ARCHITECTURES[base.arch].debian;
  return { version, base: base.name, board: base.board, architecture, ...(await commit()) };
}

const MANIFEST = join(PROJECT, "package.json");

/** The commit the sources are at, and its date. */
async function commit(): Promise<Pick<Release, "revision" | "date">> {
  try {
    const git = ["git", "-C", PROJECT, "-c", "safe.directory=*"];
    const log = await run([...git, "log", "-1", "--abbrev=12", "--format=%h %ct"]);
    const [revision = "", seconds] = log.trim().split(" ");
    const changes = await run([...git, "status", "--porcelain"]);
    const date = new Date(Number(seconds) * 1000).toISOString();
    return { revision: changes === "" ? revision : `${revision}+changes`, date };
  } catch {
    // Built from an archive of the sources, without git or its history.
    return { revision: "unknown", date: statSync(MANIFEST).mtime.toISOString() };
  }
}
