import { mkdir, rmdir } from "node:fs/promises";
import { mustRun } from "../../host/command.ts";
import type { UnitProperty } from "../../host/systemd-property.ts";
import { noNewPrivilegesOf } from "../../model/workload/privileges.ts";

import { bundleOf } from "../bundle/bundle.ts";
import { findInit } from "../bundle/init.ts";
import { generatedFiles } from "../bundle/mounts.ts";
import { crunRoot, idmappedDirectory } from "../instance/paths.ts";
import { RANGE_SIZE } from "../kernel/id-range.ts";
import { MOUNT_FLAGS } from "../kernel/libc.ts";
import { placeFile } from "../place.ts";
import { writeInlineFiles } from "../places/inline-files.ts";
import { type Place, type SettledPlace, settlePlaces } from "../places/places.ts";
import { type PlaceSources, sourcedPlace, type VolumePlace, volumePlaces } from "../places/sourced-place.ts";
import { fillVolume } from "../places/volumes.ts";
import { accountOf, HIGHEST_OWN_ID, type Preparation } from "../preparation.ts";
import type { Account } from "../root/accounts.ts";
import { lowerDirectories } from "../root/layer-mounts.ts";
import { mountIdmapped, mountLayers } from "../root/layers.ts";
import { type MountPoint, mountReadOnlyRoot, placeRoot } from "../root/root.ts";
import { deviceNodes } from "./device-nodes.ts";
import { type PinnedPath, pinHostPaths } from "./host-mounts.ts";
import { endScript, rootScript, startScript } from "./scripts.ts";
import { unitOf } from "./unit.ts";

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
  const { account, accounts } = accountOf(preparation, user === undefined ? undefined : HIGHEST_OWN_ID);
  const sources: PlaceSources = {
    root: { path: paths.root, firstId: user?.first ?? 0 },
    volumes: new Map(
      await Promise.all(
        volumePlaces(settled).map(
          async (place) => [place.destination, await volumeFolder(preparation, place, account)] as const,
        ),
      ),
    ),
    mount: (index) => `${paths.hostMounts}/${index}`,
    file: (index) => `${paths.files}/${index}`,
  };
  const places = await Promise.all(settled.map((place) => sourcedPlace(place, sources)));
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

/** The folder of the volume at a place; one that is not there yet is made, and filled from the image. */
function volumeFolder(preparation: Preparation, place: VolumePlace, account: Account): Promise<string> {
  const { volume, copy } = place.content;
  return preparation.volumes.place(volume, (folder) =>
    withImage(preparation, `image-${volume}`, (image) => fillVolume(folder, { ...place, copy }, image, account)),
  );
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
