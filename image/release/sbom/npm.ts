import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Component, type ComponentHash, purl } from "./component.ts";

/** A package in bun.lock: its id, where from, what it needs, and its checksum as npm writes it. */
const LockedPackage = z
  .tuple([z.string()])
  .rest(z.unknown())
  .transform(([id, , needs, integrity]) => ({
    id,
    dependencies: Object.keys(
      z.object({ dependencies: z.record(z.string(), z.string()).default({}) }).parse(needs ?? {}).dependencies,
    ),
    integrity: z.string().optional().parse(integrity),
  }));

const Lock = z.object({
  workspaces: z.record(z.string(), z.object({ dependencies: z.record(z.string(), z.string()).default({}) })),
  packages: z.record(z.string(), LockedPackage),
});
type Lock = z.infer<typeof Lock>;

/**
 * The npm packages in the executable: what the project needs at run time, what these need, and `runtime` (Bun's own
 * package), all at the versions of the lock file's `text`. Licences are read in `modules` (node_modules).
 */
export function npmComponents(text: string, modules: string, runtime: string): Component[] {
  const lock = Lock.parse(Bun.JSONC.parse(text));
  const wanted = Object.values(lock.workspaces).flatMap(({ dependencies }) => Object.keys(dependencies));
  const keys = new Set<string>();
  for (const name of [...wanted, runtime]) follow(lock, "", name, keys);
  return [...keys].sort().map((key) => componentOf(lock, key, modules));
}

/** Adds the package that `name` means to whoever is locked under `parent`, and all it needs. */
function follow(lock: Lock, parent: string, name: string, keys: Set<string>): void {
  // Types are for the compiler: nothing of them is in the executable.
  if (name.startsWith("@types/")) return;
  const key = resolve(lock, parent, name);
  if (keys.has(key)) return;
  keys.add(key);
  for (const dependency of lock.packages[key]?.dependencies ?? []) follow(lock, key, dependency, keys);
}

/** A package of another version than most is locked under whoever needs it: `parent/name`. */
function resolve(lock: Lock, parent: string, name: string): string {
  const names = namesOf(parent);
  for (let depth = names.length; depth >= 0; depth--) {
    const key = [...names.slice(0, depth), name].join("/");
    if (lock.packages[key] !== undefined) return key;
  }
  throw new Error(`bun.lock has no ${name}`);
}

/** A key's packages, outermost first: `@scope/a/b` is `@scope/a` and in it `b`. */
function namesOf(key: string): string[] {
  return key.match(/@[^/]+\/[^/]+|[^/]+/g) ?? [];
}

function componentOf(lock: Lock, key: string, modules: string): Component {
  const { id = "", integrity } = lock.packages[key] ?? {};
  const at = id.lastIndexOf("@");
  const [name, version] = [id.slice(0, at), id.slice(at + 1)];
  const slash = name.indexOf("/");
  return {
    name,
    version,
    purl: purl("npm", slash < 0 ? "" : name.slice(0, slash), name.slice(slash + 1), version),
    licence: licenceOf(join(modules, namesOf(key).join("/node_modules/"), "package.json")),
    hashes: integrity === undefined ? [] : integrityHash(integrity),
  };
}

const Manifest = z.object({ license: z.string().optional() });

function licenceOf(manifest: string): string | undefined {
  return existsSync(manifest) ? Manifest.parse(JSON.parse(readFileSync(manifest, "utf8"))).license : undefined;
}

/** `sha512-` and base64 (W3C Subresource Integrity) as hex. */
function integrityHash(integrity: string): ComponentHash[] {
  const [, base64] = /^sha512-(.+)$/.exec(integrity) ?? [];
  return base64 === undefined ? [] : [{ alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") }];
}
