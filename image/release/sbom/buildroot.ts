import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Component, type ComponentHash, purl } from "./component.ts";

/** What `make show-info` says of a package, as far as it is used here. */
const Package = z.object({
  type: z.string(),
  name: z.string(),
  virtual: z.boolean(),
  version: z.string().optional(),
  licenses: z.string().optional(),
  downloads: z.array(z.object({ source: z.string(), uris: z.array(z.string()) })).default([]),
  hashes: z.array(z.string()).default([]),
  install_target: z.boolean().default(true),
  "cpe-id": z.string().optional(),
});
type Package = z.infer<typeof Package>;

/** File systems are listed too, and are no packages. */
const Entry = z.union([Package, z.object({ type: z.literal("rootfs") })]);
const ShowInfo = z.record(z.string(), Entry);

/**
 * The packages Buildroot put on the target, by what `make show-info` printed. `buildroot` is the tree its paths are
 * relative to, where the sources' hashes are read.
 */
export function buildrootComponents(showInfo: string, buildroot: string): Component[] {
  return Object.values(ShowInfo.parse(JSON.parse(showInfo))).flatMap((entry) => {
    if (!("name" in entry) || entry.type !== "target" || entry.virtual) return [];
    // Berth itself is what the list is of; some packages (skeletons, toolchains) have no version of their own.
    if (entry.name === "berth" || entry.version === undefined || entry.version === "") return [];
    return [componentOf(entry, entry.version, buildroot)];
  });
}

function componentOf(entry: Package, version: string, buildroot: string): Component {
  const source = entry.downloads[0];
  const url = source?.uris.map((uri) => downloadUrl(uri, source.source)).find((found) => found !== undefined);
  const cpe = entry["cpe-id"];
  return {
    name: entry.name,
    version,
    purl: purl("generic", "", entry.name, version, url === undefined ? {} : { download_url: url }),
    licence: entry.licenses === "unknown" ? undefined : entry.licenses,
    hashes: source === undefined ? [] : hashesOf(entry.hashes, source.source, buildroot),
    ...(cpe === undefined ? {} : { cpe }),
  };
}

/** Buildroot writes `https+https://host/folder`, and its own mirror last. */
function downloadUrl(uri: string, source: string): string | undefined {
  const [, url] = /^https?(?:\|[a-z]+)*\+(https?:\/\/.*)$/.exec(uri) ?? [];
  return url === undefined ? undefined : `${url}/${source}`;
}

const ALGORITHMS: Readonly<Record<string, ComponentHash["alg"]>> = {
  sha1: "SHA-1",
  sha256: "SHA-256",
  sha512: "SHA-512",
};

function hashesOf(files: readonly string[], source: string, buildroot: string): ComponentHash[] {
  const found = files
    .map((file) => (file.startsWith("/") ? file : join(buildroot, file)))
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, "utf8").split("\n"))
    .flatMap((line) => {
      const [algorithm = "", content = "", name] = line.trim().split(/\s+/);
      const alg = ALGORITHMS[algorithm];
      return name === source && alg !== undefined ? [{ alg, content }] : [];
    });
  return found.filter(({ alg }, index) => found.findIndex((other) => other.alg === alg) === index);
}
