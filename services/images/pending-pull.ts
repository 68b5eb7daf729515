import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { DIGEST } from "./digest.ts";
import { namesIn, remove, writeWhole } from "./files.ts";
import { type Layout, referenceKey } from "./layout.ts";

const PendingPull = z.strictObject({
  reference: z.string(),
  /** Blobs that may lie in part in `partial`. */
  blobs: z.array(z.string().regex(DIGEST)),
  /** Diff ids of layers that may be here already, though no image names them yet. */
  layers: z.array(z.string().regex(DIGEST)),
});
export type PendingPull = z.infer<typeof PendingPull>;

/**
 * What unfinished pulls have brought here, on disk: after a restart, deleting left-overs spares what a pull of an image
 * that is still wanted will go on with.
 */
export class PendingPulls {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  async write(pull: PendingPull): Promise<void> {
    await writeWhole(this.#path(referenceKey(pull.reference)), `${JSON.stringify(pull)}\n`, this.#layout.temporary);
  }

  async all(): Promise<Array<{ key: string; pull: PendingPull | undefined }>> {
    const keys = await namesIn(this.#layout.pulls, ".json");
    return await Promise.all(keys.map(async (key) => ({ key, pull: await this.#read(key) })));
  }

  async remove(key: string): Promise<number> {
    return await remove(this.#path(key));
  }

  async #read(key: string): Promise<PendingPull | undefined> {
    try {
      const json: unknown = JSON.parse(await readFile(this.#path(key), "utf8"));
      return PendingPull.parse(json);
    } catch {
      // Only a convenience is lost with it: the download begins anew.
      return undefined;
    }
  }

  #path(key: string): string {
    return join(this.#layout.pulls, key);
  }
}
