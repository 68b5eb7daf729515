import { readFile, statfs } from "node:fs/promises";
import { arch, release } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { Device } from "../model/device.ts";
import type { Reason } from "../model/reason.ts";

/** What the image's build says of itself in /usr/lib/berth/release.json. */
export const Release = z.object({
  version: z.string(),
  board: z.string(),
  base: z.string(),
  architecture: Device.shape.architecture,
});
export type Release = z.infer<typeof Release>;

/** The part of {@link Device} that comes from the image, the kernel and the disk. */
export type DeviceFacts = Pick<
  Device,
  "version" | "board" | "base" | "architecture" | "kernel" | "bootId" | "bootedAt" | "storage"
>;

/**
 * Reads the facts, some small files each time: the time of boot moves when the clock is set. What cannot be read is
 * `unknown` (or zero), and is among the problems. `root` stands before every path but for `data`, the data partition.
 */
export async function readDeviceFacts(
  options: { root?: string; data?: string } = {},
): Promise<{ facts: DeviceFacts; problems: Reason[] }> {
  const { root = "/", data = "/data" } = options;
  const problems: Reason[] = [];
  const attempt = async <T>(path: string, fallback: T, read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problems.push({ code: "device-fact-unreadable", message: `${path} cannot be read: ${why}`, field: path });
      return fallback;
    }
  };
  const releaseFile = "/usr/lib/berth/release.json";
  const unknown: Release = { version: "unknown", board: "unknown", base: "unknown", architecture: ownArchitecture() };
  const image = await attempt(releaseFile, unknown, () => readRelease(root));
  const bootFile = "/proc/sys/kernel/random/boot_id";
  const bootId = await attempt(bootFile, "unknown", async () => (await readFile(join(root, bootFile), "utf8")).trim());
  const bootedAt = await attempt("/proc/stat", new Date(0).toISOString(), async () =>
    bootTime(await readFile(join(root, "/proc/stat"), "utf8")),
  );
  const storage = await attempt(data, { total: 0, free: 0 }, async () => {
    const { bsize, blocks, bavail } = await statfs(data);
    return { total: bsize * blocks, free: bsize * bavail };
  });
  const { version, board, base, architecture } = image;
  return {
    facts: { version, board, base, architecture, kernel: release(), bootId, bootedAt, storage },
    problems,
  };
}

/** Reads what the image says of itself. Throws when the file is not there or not as the build writes it. */
export async function readRelease(root = "/"): Promise<Release> {
  return Release.parse(JSON.parse(await readFile(join(root, "/usr/lib/berth/release.json"), "utf8")));
}

/** When the kernel started, by the `btime` line of /proc/stat (proc_stat(5)), as an RFC 3339 time. */
function bootTime(stat: string): string {
  const seconds = /^btime ([0-9]+)$/m.exec(stat)?.[1];
  if (seconds === undefined) throw new Error("no btime line");
  return new Date(Number(seconds) * 1000).toISOString();
}

function ownArchitecture(): Release["architecture"] {
  return arch() === "arm64" ? "arm64" : "amd64";
}
