import { mkdir } from "node:fs/promises";
import { mustRun } from "../../host/command.ts";
import type { UnitProperty } from "../../host/systemd-property.ts";
import type { Image } from "../../model/image.ts";
import type { Workload } from "../../model/workload.ts";
import { type Account, findAccount } from "./accounts.ts";
import { bundleOf } from "./bundle.ts";
import { type PinnedPath, pinHostPaths } from "./host-mounts.ts";
import { readInRoot } from "./in-root.ts";
import { findInit } from "./init.ts";
import { writeInlineFiles } from "./inline-files.ts";
import { type LayerMount, lowerDirectories } from "./layer-mounts.ts";
import { mountLayers } from "./layers.ts";
import type { Libc } from "./libc.ts";
import { generatedFiles, type SourcedPlace } from "./mounts.ts";
import { crunRoot, type EnginePaths, type WorkloadPaths } from "./paths.ts";
import { placeFile } from "./place.ts";
import { type Place, type SettledPlace, settlePlaces } from "./places.ts";
import { type MountPoint, mountReadOnlyRoot } from "./root.ts";
import { endScript, rootScript, startScript } from "./scripts.ts";
import { unitOf } from "./unit.ts";
import { fillVolume } from "./volumes.ts";

/** What a workload is prepared from. */
export interface Preparation {
  readonly libc: Libc;
  readonly engine: EnginePaths;
  readonly paths: WorkloadPaths;
  readonly manifest: Workload;
  readonly image: Image;
  readonly layers: readonly LayerMount[];
  /** The bridge's address, where the device's resolver answers. */
  readonly gateway: string;
  /** Undefined on the device's own network. */
  readonly networkNamespace: string | undefined;
  readonly volumes: VolumePlaces;
  /** Folders whose content may be mounted. */
  readonly hostPaths: readonly string[];
  readonly places: readonly Place[];
}

/** The part of the volume store that the engine needs. */
export interface VolumePlaces {
  /** The folder of a volume; one that is not there yet is made and filled. */
  place(name: string, fill: (folder: string) => Promise<void>): Promise<string>;
}

/**
 * Mounts the workload's root, and finds its places in it. Layers are shared: `shared` keeps others from unmounting them
 * meanwhile.
 */
export async function prepareRoot(
  { libc, engine, paths, manifest, layers, image, places, hostPaths }: Preparation,
  shared: <T>(act: () => Promise<T>) => Promise<T>,
): Promise<SettledPlace[]> {
  const pinned = await pinHostPaths(libc, manifest.mounts, hostPaths, paths.hostMounts);
  await shared(() => mountLayers(libc, engine, layers));
  const names = layers.map(({ name }) => name);
  switch (manifest.root) {
    case "ephemeral":
      await mkdir(paths.root, { recursive: true });
      await placeFile(paths.rootScript, rootScript({ paths, layers: lowerDirectories(engine, [], names) }), 0o600);
      await mustRun(["sh", paths.rootScript]);
      return settlePlaces(paths.root, places);
    case "read-only": {
      let settled: SettledPlace[] = [];
      await mountReadOnlyRoot(libc, engine, paths, names, async () => {
        settled = await settlePlaces(paths.root, places);
        return [
          ...["/proc", "/sys", "/dev", manifest.workdir ?? image.config.WorkingDir ?? "/"].map(directory),
          ...settled.map(({ destination: path, content }) => ({ path, kind: kindOf(content, pinned) })),
          ...["/etc/hosts", "/etc/resolv.conf", "/etc/hostname"].map((path) => ({ path, kind: "file" }) as const),
        ];
      });
      return settled;
    }
  }
}

function kindOf(content: Place["content"], pinned: readonly PinnedPath[]): MountPoint["kind"] {
  if (content.kind === "mount") return pinned[content.index]?.kind ?? "directory";
  return content.kind === "file" ? "file" : "directory";
}

function directory(path: string) {
  return { path, kind: "directory" } as const;
}

/** Writes the bundle over the mounted root, makes the volumes, and gives the unit that runs it. */
export async function writeBundle(preparation: Preparation, settled: readonly SettledPlace[]): Promise<UnitProperty[]> {
  const { libc, engine, paths, manifest, image } = preparation;
  const accounts = {
    passwd: await readInRoot(paths.root, "/etc/passwd"),
    group: await readInRoot(paths.root, "/etc/group"),
  };
  const account = findAccount(manifest.user ?? image.config.User ?? "", accounts);
  const places = await Promise.all(settled.map((place) => sourced(preparation, place, account)));
  const unit = unitOf({ manifest, config: image.config, paths, crunRoot: crunRoot(engine), data: engine.data });
  const config = bundleOf({
    manifest,
    config: image.config,
    account,
    rootPath: paths.root,
    networkNamespace: preparation.networkNamespace,
    files: {
      hosts: paths.hosts,
      resolvConf: `${paths.bundle}/resolv.conf`,
      hostname: `${paths.bundle}/hostname`,
    },
    initProgram: manifest.init ? await findInit() : undefined,
    places,
    architecture: process.arch,
  });
  const { resolvConf, hostname } = generatedFiles(manifest, preparation.gateway);
  for (const path of [paths.stdout, paths.stderr]) libc.makeFifo(path, 0o600);
  const script = { name: manifest.name, paths, crunRoot: crunRoot(engine) };
  await Promise.all([
    // May hold secrets in its environment.
    placeFile(paths.config, JSON.stringify(config), 0o600),
    placeFile(`${paths.bundle}/resolv.conf`, resolvConf, 0o644),
    placeFile(`${paths.bundle}/hostname`, hostname, 0o644),
    placeFile(paths.startScript, startScript(script), 0o600),
    placeFile(paths.endScript, endScript(script), 0o600),
    writeInlineFiles(manifest.files, paths.files, accounts),
  ]);
  return unit;
}

/** A place with the path on the device that is mounted there; a volume is made where it is not there yet. */
async function sourced({ paths, volumes }: Preparation, place: SettledPlace, account: Account): Promise<SourcedPlace> {
  const { content } = place;
  switch (content.kind) {
    case "tmpfs":
      return place;
    case "volume": {
      const fill = (folder: string) => fillVolume(folder, { ...place, copy: content.copy }, paths.root, account);
      return { ...place, source: await volumes.place(content.volume, fill) };
    }
    case "mount":
      return { ...place, source: `${paths.hostMounts}/${content.index}` };
    case "file":
      return { ...place, source: `${paths.files}/${content.index}` };
  }
}
