import { closeSync } from "node:fs";
import { openMountApi } from "./mount-api.ts";

/**
 * Makes the files in an EROFS file readable: mounted nowhere, so that nobody else sees them and nothing stays mounted
 * when this process ends.
 */
export function layerOpener(): (erofs: string) => Promise<{ readonly root: string; close(): void }> {
  const api = openMountApi();
  return async (erofs) => {
    const root = api.mountDetached("erofs", ["ro", ["source", erofs]], { readOnly: true });
    return { root: `/proc/self/fd/${root}`, close: () => closeSync(root) };
  };
}
