import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { LinkSettings } from "../../network/network.ts";
import { bundleOf } from "../bundle/bundle.ts";
import { generatedFiles } from "../bundle/mounts.ts";
import { placeDirectory, placeFile } from "../place.ts";
import { type SettledPlace, settlePlaces } from "../places/places.ts";
import { type PlaceSources, sourcedPlace, volumePlaces } from "../places/sourced-place.ts";
import { fillVolume } from "../places/volumes.ts";
import { accountOf, HIGHEST_OWN_ID, type Preparation } from "../preparation.ts";
import { lowerDirectories } from "../root/layer-mounts.ts";
import { mountLayers } from "../root/layers.ts";
import { placeRoot } from "../root/root.ts";
import type { GuestVolume } from "./command-line.ts";
import { makeBundleDisk } from "./content.ts";
import { INSIDE } from "./inside.ts";
import { networkFile } from "./network-file.ts";
import { guestPaths } from "./paths.ts";

/**
 * Mounts a guest's image where only the device sees it, to find its places in it. Its owners are the image's: what is made
 * from it goes into the guest, which has ids of its own.
 */
export async function mountImage(
  { libc, engine, paths, layers, places }: Preparation,
  shared: <T>(act: () => Promise<T>) => Promise<T>,
): Promise<SettledPlace[]> {
  await shared(async () => mountLayers(libc, engine, layers));
  placeRoot(paths);
  const names = layers.map(({ name }) => name);
  libc.mountOverlay(paths.root, lowerDirectories(engine, names), { setuid: false });
  return settlePlaces(paths.root, places);
}

/**
 * Makes a guest's bundle disk from its mounted image, and its volumes, which are mounted with the workload's ids; gives what
 * QEMU is to share with it.
 */
export async function writeGuestBundle(
  preparation: Preparation,
  settled: readonly SettledPlace[],
  surroundings: { readonly link: LinkSettings | undefined; readonly hosts: string },
): Promise<GuestVolume[]> {
  const { paths, manifest, image } = preparation;
  const { account, accounts } = accountOf(preparation, HIGHEST_OWN_ID);
  const volumes: GuestVolume[] = [];
  const sources = new Map<string, string>();
  for (const place of volumePlaces(settled)) {
    const { volume: name, copy, readOnly } = place.content;
    const folder = await preparation.volumes.place(name, (made) =>
      fillVolume(made, { ...place, copy }, paths.root, account),
    );
    const volume = await shareVolume(preparation, folder, volumes.length, readOnly);
    volumes.push(volume);
    sources.set(place.destination, INSIDE.volume(volume.tag));
  }
  const root = { path: paths.root, firstId: 0 };
  const inside: PlaceSources = { root, volumes: sources, mount: undefined, file: INSIDE.file };
  const places = await Promise.all(settled.map((place) => sourcedPlace(place, inside)));
  const config = bundleOf({
    manifest,
    config: image.config,
    account,
    rootPath: INSIDE.root,
    networkNamespace: INSIDE.networkNamespace,
    users: undefined,
    files: { hosts: INSIDE.hosts, resolvConf: INSIDE.resolvConf, hostname: INSIDE.hostname },
    devices: [],
    initProgram: manifest.init ? INSIDE.init : undefined,
    places,
    architecture: process.arch,
  });
  // What a command in it begins with; it may hold secrets in its environment.
  placeFile(paths.config, JSON.stringify(config), 0o600);
  const { resolvConf, hostname } = generatedFiles(manifest, preparation.gateway);
  await makeBundleDisk(guestPaths(paths), {
    manifest,
    config,
    network: networkFile(hostname.trim(), surroundings.link),
    hosts: surroundings.hosts,
    resolvConf,
    hostname,
    volumes,
    accounts,
  });
  return volumes;
}

/** Mounts a volume's folder with the workload's ids, where QEMU finds it. */
async function shareVolume(
  { libc, paths, user }: Preparation,
  folder: string,
  index: number,
  readOnly: boolean,
): Promise<GuestVolume> {
  if (user === undefined) throw new Error("a guest has ids of its own");
  const { volumes, volumesInside } = guestPaths(paths);
  placeDirectory(dirname(volumes), 0o711);
  await mkdir(volumes, { recursive: true, mode: 0o700 });
  const target = `${volumes}/${index}`;
  await mkdir(target);
  const namespace = await open(user.path);
  try {
    libc.mountIdmapped(folder, target, namespace.fd);
  } finally {
    await namespace.close();
  }
  return { tag: `v${index}`, path: `${volumesInside}/${index}`, readOnly };
}
