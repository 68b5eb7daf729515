import type { Image } from "../model/image.ts";
import type { Workload } from "../model/workload.ts";
import type { Outputs } from "./instance/outputs.ts";
import type { EnginePaths, WorkloadPaths } from "./instance/paths.ts";
import { RANGE_SIZE } from "./kernel/id-range.ts";
import type { Libc } from "./kernel/libc.ts";
import type { UserNamespace } from "./kernel/namespaces.ts";
import type { Place } from "./places/places.ts";
import { type Account, type AccountFiles, findAccount } from "./root/accounts.ts";
import { readInRoot } from "./root/in-root.ts";
import type { LayerMount } from "./root/layer-mounts.ts";

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
 * Whom its command runs as, by what its mounted root says of its accounts.
 *
 * @param highest the highest id there is in it
 */
export function accountOf(
  { paths, manifest, image }: Pick<Preparation, "paths" | "manifest" | "image">,
  highest: number | undefined,
): { readonly account: Account; readonly accounts: AccountFiles } {
  const accounts = {
    passwd: readInRoot(paths.root, "/etc/passwd"),
    group: readInRoot(paths.root, "/etc/group"),
    highest,
  };
  const user = manifest.user ?? image.config.User ?? "";
  return { account: findAccount({ user, groups: manifest.groups }, accounts), accounts };
}

/** The highest of the ids a workload has for itself. */
export const HIGHEST_OWN_ID = RANGE_SIZE - 1;
