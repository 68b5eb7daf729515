import { existsSync } from "node:fs";
import { join } from "node:path";
import { debianBase } from "../../../image/base/debian.ts";
import { BUILD } from "../../../image/paths.ts";
import { Appliance, type Prepared, prepare } from "../../rig/appliance.ts";
import { delay } from "../../rig/wait.ts";
import type { BenchOptions } from "../options.ts";
import { type Result, type Round, resultOf } from "../result.ts";
import { type BootLook, lookAtBoot } from "./boot-look.ts";
import { PUBLISHED } from "./published.ts";
import { type ImageSizes, imageSizes } from "./sizes.ts";

const ROUNDS = 2;
/** Before memory is looked at, so that what starting took is over, in milliseconds. */
const SETTLE = 60_000;
const AIM = { packedMegabytes: 120, memoryMegabytes: 128, timesTheKernel: 3 };
const DEBIAN = "the Debian base";
/** Where `bun run image --base buildroot` leaves its image. */
const BUILDROOT = join(BUILD, "image/buildroot-x86_64-uefi/disk.img");

const SIZE_METHOD =
  "Slot A of the disk image: kernel (and initrd) and the root file system with its hash tree; packed: both through xz -6; contents: bytes of the files as they are read. Others' sizes are what they publish (test/bench/image/published.ts names each source), not measured.";
const BOOT_METHOD =
  "Times by the device's own clock, which starts with the kernel's: systemd's UserspaceTimestampMonotonic, and ActiveEnterTimestampMonotonic of berth-supervisor.service; a unit's time is that less its InactiveExitTimestampMonotonic. Images in turn, each booted anew.";
const MEMORY_METHOD = `MemTotal less MemAvailable ${SETTLE / 1000} s after the LAN API answered, fleet linked, no workload.`;

/** Size, boot and memory of the images there are: Buildroot's beside the Debian base, or the Debian base alone. */
export async function benchImage({ rounds = ROUNDS, progress }: BenchOptions): Promise<Result[]> {
  const prepared = await prepare(progress);
  const base = await debianBase(progress);
  const disks = new Map([[DEBIAN, prepared.image.disk]]);
  if (existsSync(BUILDROOT)) disks.set("Buildroot", BUILDROOT);
  const sizes = new Map<string, ImageSizes>();
  for (const [name, disk] of disks) {
    await progress.step(`Size of ${name}`, async () => sizes.set(name, await imageSizes(disk, base)));
  }
  const looks: ReadonlyMap<string, BootLook>[] = [];
  for (let round = 0; round < rounds; round++) {
    const found = new Map<string, BootLook>();
    for (const [name, disk] of disks) {
      const title = `Boot of ${name}, round ${round + 1} of ${rounds}`;
      await progress.step(title, async () =>
        found.set(name, await boot({ ...prepared, image: { arch: "x86_64", disk } })),
      );
    }
    looks.push(found);
  }
  return [...sizeResults(sizes), ...bootResults(looks)];

  async function boot(of: Prepared): Promise<BootLook> {
    const appliance = await Appliance.start(of, progress, { name: "bench", device: "bench" });
    try {
      await appliance.lanReady();
      await appliance.online();
      await delay(SETTLE);
      return await lookAtBoot(appliance.machine);
    } finally {
      await appliance.stop();
    }
  }
}

/** The value of what is measured, and of the Debian base where that is another image. */
function beside<T>(found: ReadonlyMap<string, T>, value: (one: T) => number, more: Record<string, number> = {}): Round {
  const [debian, other = debian] = [...found.values()].map(value);
  if (debian === undefined || other === undefined) throw new Error("no image was measured");
  return { berth: other, baselines: { ...(found.size > 1 ? { [DEBIAN]: debian } : {}), ...more } };
}

function sizeResults(sizes: ReadonlyMap<string, ImageSizes>): Result[] {
  const published = Object.fromEntries(PUBLISHED.map(({ name, what, size }) => [`${name} (${what})`, size]));
  const megabytes = (metric: string, value: (of: ImageSizes) => number, more?: Record<string, number>) =>
    resultOf({ metric, unit: "MB", method: SIZE_METHOD }, [beside(sizes, (of) => value(of) / 1e6, more)]);
  const contents = [...sizes.values()].at(-1)?.contents ?? new Map<string, number>();
  return [
    megabytes("slot: kernel and root file system", ({ kernel, root }) => kernel + root, published),
    megabytes("  packed", ({ packed }) => packed, { "the aim": AIM.packedMegabytes }),
    megabytes("  kernel", ({ kernel }) => kernel),
    megabytes("  root file system", ({ root }) => root),
    ...[...contents.keys()].map((name) =>
      megabytes(`    ${name}, unpacked`, ({ contents }) => contents.get(name) ?? 0),
    ),
  ];
}

function bootResults(looks: readonly ReadonlyMap<string, BootLook>[]): Result[] {
  const rounds = (value: (look: BootLook) => number) => looks.map((found) => beside(found, value));
  const seconds = (metric: string, measured: Round[]) => resultOf({ metric, unit: "s", method: BOOT_METHOD }, measured);
  const units = [...([...(looks[0]?.values() ?? [])].at(-1)?.units.keys() ?? [])];
  return [
    seconds(
      "the kernel's time to init",
      rounds(({ kernel }) => kernel),
    ),
    resultOf(
      { metric: "supervisor ready, beside the kernel's time to init", unit: "times", method: BOOT_METHOD },
      looks.map((found) =>
        beside(found, ({ supervisor, kernel }) => supervisor / kernel, { "the aim": AIM.timesTheKernel }),
      ),
    ),
    seconds(
      "supervisor ready",
      rounds(({ supervisor }) => supervisor),
    ),
    ...units.map((unit) =>
      seconds(
        `  ${unit}`,
        rounds((look) => look.units.get(unit) ?? 0),
      ),
    ),
    resultOf(
      { metric: "memory used at rest", unit: "MB", method: MEMORY_METHOD },
      looks.map((found) => beside(found, ({ memory }) => memory, { "the aim": AIM.memoryMegabytes })),
    ),
  ];
}
