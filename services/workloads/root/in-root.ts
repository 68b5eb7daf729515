import { lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";

const MOST_LINKS = 40;
const LARGEST_FILE = 1024 * 1024;

/** Where a path of an image leads, links followed as its processes would: never out of its root. */
export interface ResolvedPath {
  /** Path inside the root, links resolved. */
  readonly path: string;
  /** The deepest part of it that is there; `path` itself when all of it is. */
  readonly existing: string;
}

/**
 * Resolves a path as if `root` were /. An image is a stranger's: a link to /data or to ../../.. must not lead the
 * device's root user anywhere but into the image.
 */
export function resolveInRoot(root: string, path: string): ResolvedPath {
  const ahead = parts(path).reverse();
  let done: string[] = [];
  let links = 0;
  let missing: string | undefined;
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === "..") {
      done = done.slice(0, -1);
      continue;
    }
    const here = [...done, part];
    const stat = missing === undefined ? look(`${root}/${here.join("/")}`) : undefined;
    if (stat === undefined) missing ??= `/${done.join("/")}`;
    if (stat?.isSymbolicLink()) {
      links++;
      if (links > MOST_LINKS) throw new Error(`too many links in ${path}`);
      const target = readlinkSync(`${root}/${here.join("/")}`);
      if (target.startsWith("/")) done = [];
      ahead.push(...parts(target).reverse());
      continue;
    }
    done = here;
  }
  const resolved = `/${done.join("/")}`;
  return { path: resolved, existing: missing ?? resolved };
}

/** Reads a text file of an image; empty where there is none, or it is no plain file of reasonable size. */
export function readInRoot(root: string, path: string): string {
  const resolved = resolveInRoot(root, path);
  if (resolved.existing !== resolved.path) return "";
  const file = `${root}${resolved.path}`;
  // Looked at before it is opened: opening a FIFO would wait for its writer.
  const stat = look(file);
  if (stat === undefined || !stat.isFile() || stat.size > LARGEST_FILE) return "";
  return readFileSync(file, "utf8");
}

/** What is at a path; undefined where it cannot be reached. */
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function parts(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
