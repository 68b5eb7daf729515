import { createHash } from "node:crypto";
import type { BlockMap } from "./block-map.ts";
import type { GptPartition } from "./gpt.ts";
import type { ImageSource } from "./image-source.ts";
import { putConfiguration } from "./put-configuration.ts";
import type { Target } from "./target.ts";
import { HEAD, makeUnbootable, readBack, writeImage } from "./write-image.ts";

/** What a flash does, one after the other. */
export type FlashStep = "erase" | "write" | "verify" | "configure" | "finish";

/** An image on its way to a disk. */
export interface FlashOptions {
  readonly source: ImageSource;
  /** Which parts to write, with their checksums; without it, all of the image. */
  readonly blockMap: BlockMap | undefined;
  readonly target: Target;
  /** The target as programs find it. */
  readonly path: string;
  /** Read everything back and compare. */
  readonly verify: boolean;
  readonly configuration:
    | { readonly partition: GptPartition; readonly file: string; readonly content: Uint8Array }
    | undefined;
  readonly signal: AbortSignal;
  onStep(step: FlashStep, done?: number, total?: number): void;
}

/**
 * Writes an image so that the disk boots nothing until all of it is there and was read back: what makes it bootable goes
 * first of the old and comes last of the new. Throws a `ReasonError`, or `signal`'s reason when it aborts; the disk is then
 * not bootable.
 */
export async function flash(options: FlashOptions): Promise<void> {
  const { source, blockMap, target, verify, configuration, signal, onStep } = options;
  signal.throwIfAborted();
  onStep("erase");
  await makeUnbootable(target);
  const ranges = blockMap?.ranges ?? [{ offset: 0, length: source.size }];
  const { parts, head } = await writeImage(source, ranges, target, {
    signal,
    onBytes: (done, total) => onStep("write", done, total),
  });
  if (verify) await readBack(parts, target, { signal, onBytes: (done, total) => onStep("verify", done, total) });
  if (configuration !== undefined) {
    onStep("configure");
    await putConfiguration(target, options.path, configuration);
  }
  signal.throwIfAborted();
  // From here on nothing is given up: it is one write.
  onStep("finish");
  await target.write(head, 0);
  await target.sync();
  if (!verify) return;
  try {
    const sha256 = createHash("sha256").update(head).digest("hex");
    const never = new AbortController().signal;
    await readBack([{ offset: 0, length: head.length, sha256 }], target, { signal: never, onBytes: () => undefined });
  } catch (error) {
    await target.write(new Uint8Array(Math.min(HEAD, target.size)), 0);
    await target.sync();
    throw error;
  }
}
