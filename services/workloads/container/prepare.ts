import { mkdir, rmdir } from "node:fs/promises";
import { mustRun } from "../../host/command.ts";
import type { UnitProperty } from "../../host/systemd-property.ts";
import type { Image } from "../../model/image.ts";
import { noNewPrivilegesOf } from "../../model/workload/privileges.ts";
import type { Workload } from "../../model/workload.ts";
import { bundleOf } from "../bundle/bundle.ts";
import { findInit } from "../bundle/init.ts";
import { generatedFiles, type SourcedPlace } from "../bundle/mounts.ts";
import type { Outputs } from "../instance/outputs.ts";
import { crunRoot, type EnginePaths, idmappedDirectory, type WorkloadPaths } from "../instance/paths.ts";
import { RANGE_SIZE } from "../kernel/id-range.ts";
import { type Libc, MOUNT_FLAGS } from "../kernel/libc.ts";
import type { UserNamespace } from "../kernel/namespaces.ts";
import { placeFile } from "../place.ts";
import { writeInlineFiles } from "../places/inline-files.ts";
import { type Place, type SettledPlace, settlePlaces } from "../places/places.ts";
import { memoryAt } from "../places/places-in-memory.ts";
import { fillVolume } from "../places/volumes.ts";
import { type Account, findAccount } from "../root/accounts.ts";
import { readInRoot } from "../root/in-root.ts";
import { type LayerMount, lowerDirectories } from "../root/layer-mounts.ts";
import { mountIdmapped, mountLayers } from "../root/layers.ts";
import { type MountPoint, mountReadOnlyRoot, placeRoot } from "../root/root.ts";
import { deviceNodes } from "./device-nodes.ts";
import { type PinnedPath, pinHostPaths } from "./host-mounts.ts";
import { endScript, rootScript, startScript } from "./scripts.ts";
import { unitOf } from "./unit.ts";

/** What a workload is prepared from. */
export interface Preparation {
  readonly libc: Libc;
  readonly outputs: Outputs;
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
  /** Undefined where its ids are the device's. */
  readonly user: UserNamespace | undefined;
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
  { libc, engine, paths, manifest, layers, image, places, hostPaths, user }: Preparation,
  shared: <T>(act: () => Promise<T>) => Promise<T>,
): Promise<SettledPlace[]> {
  const pinned = await pinHostPaths(libc, manifest.mounts, hostPaths, paths.hostMounts, user);
  await shared(async () => mountLayers(libc, engine, layers));
  const names = layers.map(({ name }) => name);
  if (user !== undefined) mountIdmapped(libc, engine, names, user);
  const root = {
    layers: lowerDirectories(engine, names, user?.first),
    owner: user?.first ?? 0,
    setuid: !noNewPrivilegesOf(manifest),
  };
  placeRoot(paths);
  switch (manifest.root) {
    case "ephemeral":
      placeFile(paths.rootScript, rootScript({ paths, ...root }), 0o600);
      await mustRun(["sh", paths.rootScript]);
      return settlePlaces(paths.root, places);
    case "read-only": {
      let settled: SettledPlace[] = [];
      mountReadOnlyRoot(libc, paths, root, (plain) => {
        settled = settlePlaces(plain, places);
        return [
          ...["/proc", "/sys", "/dev", manifest.workdir ?? image.config.WorkingDir ?? "/"].map(directory),
          ...settled.map(({ destination: path, content }) => ({ path, kind: kindOf(content, pinned) })),
          ...["/etc/hosts", "/etc/resolv.conf", "/etc/hostname"].map((path) => ({ path, kind: "file" }) as const),
        ];
      });
      // overlayfs has its own hold on them; a root that is mounted anew at each start needs them again.
      if (user !== undefined) libc.unmount(idmappedDirectory(engine, user.first), "detach");
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
  const { engine, paths, manifest, image, user } = preparation;
  const accounts = {
    passwd: readInRoot(paths.root, "/etc/passwd"),
    group: readInRoot(paths.root, "/etc/group"),
    highest: user === undefined ? undefined : RANGE_SIZE - 1,
  };
  const account = findAccount({ user: manifest.user ?? image.config.User ?? "", groups: manifest.groups }, accounts);
  const places = await Promise.all(settled.map((place) => sourced(preparation, place, account)));
  const unit = unitOf({ manifest, config: image.config, paths, data: engine.data });
  const config = bundleOf({
    manifest,
    config: image.config,
    account,
    rootPath: paths.root,
    networkNamespace: preparation.networkNamespace,
    users: user === undefined ? undefined : { namespace: user.path, first: user.first, size: RANGE_SIZE },
    files: {
      hosts: paths.hosts,
      resolvConf: `${paths.bundle}/resolv.conf`,
      hostname: `${paths.bundle}/hostname`,
    },
    devices: manifest.privileged && user === undefined ? await deviceNodes() : [],
    initProgram: manifest.init ? await findInit() : undefined,
    places,
    architecture: process.arch,
  });
  const { resolvConf, hostname } = generatedFiles(manifest, preparation.gateway);
  preparation.outputs.open(paths.instance, { workload: manifest.name, ...manifest.logs });
  const script = { name: manifest.name, paths, crunRoot: crunRoot(engine) };
  // May hold secrets in its environment.
  placeFile(paths.config, JSON.stringify(config), 0o600);
  placeFile(`${paths.bundle}/resolv.conf`, resolvConf, 0o644);
  placeFile(`${paths.bundle}/hostname`, hostname, 0o644);
  placeFile(paths.startScript, startScript(script), 0o600);
  placeFile(paths.endScript, endScript(script), 0o600);
  await writeInlineFiles(manifest.files, paths.files, accounts);
  return unit;
}

/** A place with the path on the device that is mounted there; a volume is made where it is not there yet. */
async function sourced(preparation: Preparation, place: SettledPlace, account: Account): Promise<SourcedPlace> {
  const { paths, volumes, user } = preparation;
  const { destination, content } = place;
  switch (content.kind) {
    case "tmpfs":
      return { destination, content };
    case "memory":
      return {
        destination,
        content: await memoryAt(place, content.mode, { path: paths.root, firstId: user?.first ?? 0 }),
      };
    case "volume": {
      const fill = (folder: string) =>
        withImage(preparation, `image-${content.volume}`, (image) =>
          fillVolume(folder, { ...place, copy: content.copy }, image, account),
        );
      return { destination, content, source: await volumes.place(content.volume, fill) };
    }
    case "mount":
      return { destination, content, source: `${paths.hostMounts}/${content.index}` };
    case "file":
      return { destination, content, source: `${paths.files}/${content.index}` };
  }
}

/** Lets `act` read the image with the owners it has for itself, whatever they are on the device: a volume keeps those. */
async function withImage(
  { libc, engine, paths, layers, user }: Preparation,
  name: string,
  act: (root: string) => Promise<void>,
): Promise<void> {
  if (user === undefined) return act(paths.root);
  const root = `${paths.bundle}/${name}`;
  const directories = lowerDirectories(
    engine,
    layers.map((layer) => layer.name),
  );
  await mkdir(root);
  const { readOnly, noSuid, noDev, noExec } = MOUNT_FLAGS;
  libc.mount("berth", root, "overlay", readOnly | noSuid | noDev | noExec, `lowerdir=${directories.join(":")}`);
  await act(root).finally(() => libc.unmount(root));
  await rmdir(root);
}
