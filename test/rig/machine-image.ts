import { type Architecture, isArchitecture } from "../../image/architecture.ts";
import type { Base } from "../../image/base/base.ts";
import { compose } from "../../image/compose.ts";
import { buildKeys } from "../../image/keys.ts";
import type { Progress } from "../../image/progress.ts";
import { releaseOf } from "../../image/release.ts";

/** An image that a machine's disk begins as. */
export interface MachineImage {
  readonly arch: Architecture;
  /** The whole disk, raw; never written to. */
  readonly disk: string;
}

/**
 * The image to be tested in place of the one built here, if the environment names one: `test/run.ts` sets BERTH_TEST_IMAGE
 * and BERTH_TEST_ARCH. Throws an Error for an architecture that is none of ours.
 */
export function givenImage(environment: Readonly<Record<string, string | undefined>>): MachineImage | undefined {
  const { BERTH_TEST_IMAGE: disk = "", BERTH_TEST_ARCH: arch = "x86_64" } = environment;
  if (disk === "") return undefined;
  if (!isArchitecture(arch)) throw new Error(`--arch ${arch}: x86_64 or aarch64 is expected`);
  return { arch, disk };
}

/** The development image of the base built here. */
export async function ownImage(base: Base, executable: string, progress: Progress): Promise<MachineImage> {
  const options = { development: true, keys: await buildKeys() };
  const { disk } = await compose(base, executable, await releaseOf(base), progress, options);
  return { arch: base.arch, disk };
}
