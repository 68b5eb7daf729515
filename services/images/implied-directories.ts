import { TarError, type TarHeader } from "./tar-header.ts";

/** More directories than any layer has; beyond it somebody is after our memory. */
const DIRECTORY_LIMIT = 500_000;

/** Directories that are not 0755 wherever they are (Filesystem Hierarchy Standard). */
const MODES: Readonly<Record<string, number>> = { tmp: 0o1777, "var/tmp": 0o1777, root: 0o700 };

/**
 * The directories a layer's entries lie in, though the layer has no entry for them: mostly the root, and all of them in
 * layers that only add a file somewhere. A layer does not know what lies below it, so they get the usual modes.
 */
export class ImpliedDirectories {
  readonly #links = new Set<string>();
  readonly #known = new Map<string, "implied" | "there">([["", "implied"]]);

  add(entry: TarHeader): void {
    const path = plainName(entry.name);
    this.#add(parentOf(path));
    if (path === "" || entry.type === "5") this.#known.set(path, "there");
    else this.#known.delete(path);
    if (entry.type === "2") this.#links.add(path);
    else this.#links.delete(path);
  }

  #add(path: string): void {
    for (let current = path; !this.#known.has(current); current = parentOf(current)) {
      // Nobody can say where that is to be.
      if (this.#links.has(current))
        throw new TarError(`it has entries behind its symbolic link ${JSON.stringify(current)}`);
      if (this.#known.size >= DIRECTORY_LIMIT) throw new TarError(`it has more than ${DIRECTORY_LIMIT} directories`);
      this.#known.set(current, "implied");
    }
  }

  /** Those without an entry; the root is the empty path. */
  missing(): Array<{ path: string; mode: number }> {
    return [...this.#known]
      .filter(([, state]) => state === "implied")
      .map(([path]) => ({ path, mode: MODES[path] ?? 0o755 }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

/** A name without leading, trailing and doubled slashes and `.` parts. */
export function plainName(name: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw new TarError(`${JSON.stringify(name)} leads out of the layer`);
  return parts.join("/");
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
