import { mkdir } from "node:fs/promises";
import { mustRun } from "../../host/command.ts";
import type { UnitProperty } from "../../host/systemd-property.ts";
import type { Image } from "../../model/image.ts";
import type { Workload } from "../../model/workload.ts";
import { findAccount } from "./accounts.ts";
import { bundleOf } from "./bundle.ts";
import { readInRoot } from "./in-root.ts";
import { findInit } from "./init.ts";
import { type LayerMount, lowerDirectories } from "./layer-mounts.ts";
import { mountLayers } from "./layers.ts";
import type { Libc } from "./libc.ts";
import { generatedFiles } from "./mounts.ts";
import { crunRoot, type EnginePaths, volumePath, type WorkloadPaths } from "./paths.ts";
import { placeFile } from "./place.ts";
import { mountReadOnlyRoot } from "./root.ts";
import { endScript, rootScript, startScript } from "./scripts.ts";
import { unitOf } from "./unit.ts";
import { makeVolumes } from "./volumes.ts";

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
}

/** Mounts the workload's root. Layers are shared: `shared` keeps others from unmounting them meanwhile. */
export async function prepareRoot(
  { libc, engine, paths, manifest, layers, image }: Preparation,
  shared: <T>(act: () => Promise<T>) => Promise<T>,
): Promise<void> {
  await shared(() => mountLayers(libc, engine, layers));
  const names = layers.map(({ name }) => name);
  switch (manifest.root) {
    case "ephemeral":
      await mkdir(paths.root, { recursive: true });
      await placeFile(paths.rootScript, rootScript({ paths, layers: lowerDirectories(engine, [], names) }), 0o600);
      await mustRun(["sh", paths.rootScript]);
      return;
    case "read-only":
      await mountReadOnlyRoot(libc, engine, paths, names, [
        ...["/proc", "/sys", "/dev", manifest.workdir ?? image.config.WorkingDir ?? "/"].map(directory),
        ...manifest.tmpfs.map(({ path }) => directory(path)),
        ...manifest.volumes.map(({ path }) => directory(path)),
        ...["/etc/hosts", "/etc/resolv.conf", "/etc/hostname"].map((path) => ({ path, kind: "file" }) as const),
      ]);
      return;
  }
}

function directory(path: string) {
  return { path, kind: "directory" } as const;
}

/** Writes the bundle over the mounted root, makes the volumes, and gives the unit that runs it. */
export async function writeBundle(preparation: Preparation): Promise<UnitProperty[]> {
  const { libc, engine, paths, manifest, image } = preparation;
  const account = findAccount(manifest.user ?? image.config.User ?? "", {
    passwd: await readInRoot(paths.root, "/etc/passwd"),
    group: await readInRoot(paths.root, "/etc/group"),
  });
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
    volumePath: (name) => volumePath(engine, name),
    initProgram: manifest.init ? await findInit() : undefined,
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
    makeVolumes(engine, manifest.volumes, paths.root, account),
  ]);
  return unit;
}
