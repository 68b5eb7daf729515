import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { byteStream } from "../async/byte-stream.ts";
import { createKeyedLock } from "../async/lock.ts";
import { syncDirectory } from "../host/atomic-file.ts";
import { mustRun } from "../host/command.ts";
import { exchange } from "../host/exchange.ts";
import { isThere } from "../host/files.ts";
import { DiskSpace, freeBytes } from "../images/disk-space.ts";
import { AnyVolumeName } from "../model/names.ts";
import type { Clock, VolumeFacts, Volumes } from "../supervisor/ports.ts";
import { checkedArchive } from "./checked-archive.ts";
import { type VolumePaths, volumePaths } from "./paths.ts";
import { Readers } from "./readers.ts";
import { readVolumeRecord, writeVolumeRecord } from "./record.ts";
import { packFolder, unpackInto } from "./tar.ts";

/** What a restore leaves free of the data partition: the images' reserve. */
const RESERVE = 64 * 1024 * 1024;
/** A walk over a large volume takes long; nobody waits for ever. */
const MEASURE_MILLISECONDS = 60_000;

/** The named volumes, and what the container engine needs of them. */
export interface VolumeStore extends Volumes {
  /**
   * Gives the folder of a volume that a workload is about to use. One that is not there yet is made: `fill` puts its first
   * content into an empty folder, and it is there whole or not at all.
   */
  place(name: string, fill: (folder: string) => Promise<void>): Promise<string>;
}

/** Opens the volumes below `directory`, which must be root's alone, and clears what a crash has left of unfinished work. */
export async function openVolumes(options: {
  readonly directory: string;
  readonly clock: Clock;
}): Promise<VolumeStore> {
  const { directory, clock } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await clearLeftOvers(directory);
  const byName = createKeyedLock();
  const readers = new Readers();
  const pathsOf = (name: string) => volumePaths(directory, name);
  const space = new DiskSpace({ free: () => freeBytes(directory), reserve: RESERVE });

  const factsOf = async (name: string, sizes: boolean): Promise<VolumeFacts | undefined> => {
    const paths = pathsOf(name);
    if (!(await isThere(paths.data))) return undefined;
    const record = await readVolumeRecord(paths.record);
    const size = sizes ? await sizeOnDisk(paths.data) : undefined;
    return { name, ...record, ...(size === undefined ? {} : { size }) };
  };

  /** Puts a finished folder in the volume's place; what was there before is in its place then. */
  const publish = async (paths: VolumePaths, staging: string): Promise<void> => {
    if (await isThere(paths.data)) exchange(staging, paths.data);
    else await rename(staging, paths.data);
    await syncDirectory(paths.folder);
    await syncDirectory(directory);
  };

  return {
    place: (name, fill) =>
      byName(name, async () => {
        const paths = pathsOf(name);
        const now = clock.now().toISOString();
        const record = await readVolumeRecord(paths.record);
        if (!(await isThere(paths.data))) {
          await withStaging(paths, async (staging) => {
            await fill(staging);
            await mustRun(["sync", "-f", staging]);
            await publish(paths, staging);
          });
          await writeVolumeRecord(paths.record, { createdAt: now, lastUsedAt: now });
        } else {
          await writeVolumeRecord(paths.record, { ...record, lastUsedAt: now });
        }
        return paths.data;
      }),

    async list({ sizes }) {
      const names = (await readdir(directory)).filter((name) => AnyVolumeName.safeParse(name).success).sort();
      const found = await Promise.all(names.map((name) => factsOf(name, sizes)));
      return found.filter((facts) => facts !== undefined);
    },

    find: (name) => factsOf(name, true),

    backup: (name, signal) =>
      byteStream(readers.hold(name, packFolder(pathsOf(name).data, { signal, changing: true }))),

    restore: (name, archive, { signal, check }) => {
      const paths = pathsOf(name);
      return withStaging(paths, async (staging) => {
        const checked = checkedArchive(archive, space.meter(`restoring ${name}`));
        await unpackInto(staging, checked, signal);
        // Its bytes are on the disk before its name is: a power cut leaves the old content or the new.
        await mustRun(["sync", "-f", staging]);
        await byName(name, async () => {
          await check();
          readers.refuse(name);
          const { createdAt = clock.now().toISOString(), ...record } = await readVolumeRecord(paths.record);
          await publish(paths, staging);
          await writeVolumeRecord(paths.record, { ...record, createdAt });
        });
      });
    },

    remove: (name, check) =>
      byName(name, async () => {
        const paths = pathsOf(name);
        if (!(await isThere(paths.data))) return false;
        await check();
        readers.refuse(name);
        // Gone at once; its bytes follow, after a crash at the next start.
        const grave = `${directory}/${GONE}${randomUUID()}`;
        await rename(paths.folder, grave);
        await syncDirectory(directory);
        await rm(grave, { recursive: true, force: true });
        return true;
      }),
  };
}

const STAGING = "staging-";
const GONE = ".gone-";

/** Lends an empty folder beside the volume's content, and deletes what is there under its name in the end. */
async function withStaging(paths: VolumePaths, work: (staging: string) => Promise<void>): Promise<void> {
  const staging = `${paths.folder}/${STAGING}${randomUUID()}`;
  await mkdir(staging, { recursive: true, mode: 0o700 });
  try {
    await work(staging);
  } finally {
    await rm(staging, { recursive: true, force: true });
    // Only where no volume came of it is the folder empty now.
    await rmdir(paths.folder).catch(() => undefined);
  }
}

async function clearLeftOvers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const folder = `${directory}/${name}`;
    if (name.startsWith(GONE)) {
      await rm(folder, { recursive: true, force: true });
      continue;
    }
    const inside = await readdir(folder).catch(() => []);
    for (const left of inside.filter((one) => one.startsWith(STAGING)))
      await rm(`${folder}/${left}`, { recursive: true, force: true });
    await rmdir(folder).catch(() => undefined);
  }
}

/** Bytes of disk below a folder (du(1)); undefined where that cannot be told, such as while much in it is deleted. */
async function sizeOnDisk(folder: string): Promise<number | undefined> {
  const text = await mustRun(["du", "-skx", folder], { timeout: MEASURE_MILLISECONDS }).catch(() => "");
  const kibibytes = /^(\d+)\s/.exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
