import { join, resolve } from "node:path";

/** The project's root folder. */
export const PROJECT = resolve(import.meta.dir, "..");

/** Everything that is built goes below this folder, which git ignores. */
export const BUILD = join(PROJECT, "build");
