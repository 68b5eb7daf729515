import { readFile } from "node:fs/promises";
import type { Exit } from "../../supervisor/ports.ts";
import { isGuestNote, parseGuestExit } from "../guest/exit-note.ts";
import { parseExit, unhealthyExit } from "./observation.ts";
import type { WorkloadPaths } from "./paths.ts";

/** How an instance of a workload ended last; undefined when it has not. */
export async function readExit(paths: WorkloadPaths): Promise<Exit | undefined> {
  const note = await readFile(paths.exit, "utf8").catch(() => "");
  const exit = isGuestNote(note) ? parseGuestExit(note) : parseExit(note);
  const detail = await readFile(paths.unhealthy, "utf8").catch(() => undefined);
  return exit === undefined || detail === undefined ? exit : unhealthyExit(exit, detail);
}
