import { constants } from "node:fs";
import { mkdir, open, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { failure, type Result, success } from "../../model/result.ts";
import { mustRun } from "../command.ts";
import { isThere } from "../files.ts";
import type { Reading } from "./choose.ts";
import { parseConfigurationFile } from "./parse-file.ts";
import { FILE_NAME, PLACES, type Place } from "./places.ts";

/** What reading a place needs of the system. */
export interface Drives {
  mount(device: string, directory: string): Promise<void>;
  unmount(directory: string): Promise<void>;
}

/** Drives by util-linux: mount(8), umount(8). */
export const systemDrives: Drives = {
  async mount(device, directory) {
    await mustRun(["mount", "-o", "ro,nosuid,nodev,noexec", "--", device, directory], { timeout: 20_000 });
  },
  async unmount(directory) {
    await mustRun(["umount", "--", directory], { timeout: 20_000 });
  },
};

const MOUNT_POINT = "/run/berth/config-drive";
const LARGEST = 1024 * 1024;

/**
 * Reads the configuration file of each place that is there by now: the unit waits for udev before. What fails is in the
 * reading as a problem.
 */
export async function readPlaces(root: string, drives: Drives): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (const place of PLACES) {
    if (await isThere(join(root, place.device))) readings.push({ place, file: await readPlace(root, place, drives) });
  }
  return readings;
}

async function readPlace(root: string, place: Place, drives: Drives): Promise<Reading["file"]> {
  const directory = join(root, MOUNT_POINT);
  let bytes: Result<Uint8Array | undefined>;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await drives.mount(join(root, place.device), directory);
    try {
      bytes = await readBounded(join(directory, FILE_NAME));
    } finally {
      // What was read holds all the same; a read-only mount that stays does no harm.
      await drives.unmount(directory).then(
        () => rmdir(directory),
        () => undefined,
      );
    }
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
    bytes = failure({ code: "configuration-unreadable", message: `${place.name} cannot be read: ${why}` });
  }
  if (!bytes.ok) return { ok: false, problems: [bytes.reason] };
  return bytes.value === undefined ? undefined : parseConfigurationFile(bytes.value, place.name);
}

/** The bytes of a plain file of bounded size; undefined if there is none. No link is followed off the drive. */
async function readBounded(path: string): Promise<Result<Uint8Array | undefined>> {
  const refuse = (code: string, message: string, allowed: string) => failure({ code, message, allowed });
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return success(undefined);
    if (code === "ELOOP") return refuse("configuration-unreadable", `${FILE_NAME} is a link`, "a plain file");
    throw error;
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return refuse("configuration-unreadable", `${FILE_NAME} is not a plain file`, "a plain file");
    const { size } = stat;
    if (size > LARGEST) {
      return refuse("configuration-too-large", `${FILE_NAME} has ${size} bytes`, `at most ${LARGEST} bytes`);
    }
    const buffer = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(buffer, filled, size - filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return success(buffer.subarray(0, filled));
  } finally {
    await file.close();
  }
}
