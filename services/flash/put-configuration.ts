import { realpath } from "node:fs/promises";
import { mustRun } from "../host/command.ts";
import { FILE_NAME } from "../host/configuration/places.ts";
import { ReasonError } from "../model/reason.ts";
import { type GptPartition, parseGpt } from "./gpt.ts";
import type { Target } from "./target.ts";

const PARTITION = "CONFIG";
const MOST_BYTES = 2 * 1024 * 1024;

/** The partition for the first-boot configuration of an image that begins with `head`. Throws `image-without-config`. */
export function configurationPartition(head: Uint8Array): GptPartition {
  const found = parseGpt(head)?.find(({ label }) => label === PARTITION);
  if (found !== undefined) return found;
  throw new ReasonError({
    code: "image-without-config",
    message: `the image has no partition ${PARTITION}, so there is no place for --config`,
    field: "--config",
  });
}

/**
 * Puts a first-boot configuration onto a flashed disk's CONFIG partition, and reads it back from the medium. Throws
 * `read-back-mismatch`, and `command-failed` when mtools cannot write it.
 */
export async function putConfiguration(
  target: Target,
  path: string,
  options: { readonly partition: GptPartition; readonly file: string; readonly content: Uint8Array },
): Promise<void> {
  const place = `${path}@@${options.partition.offset}`;
  // An absolute path: mtools takes "a:" for a drive.
  const source = await realpath(options.file);
  await mustRun(["mcopy", "-D", "o", "-i", place, source, `::${FILE_NAME}`]);
  await target.sync();
  await target.dropCache();
  const found = await mustRun(["mtype", "-i", place, `::${FILE_NAME}`], { outputLimit: MOST_BYTES });
  if (found === Buffer.from(options.content).toString()) return;
  throw new ReasonError({ code: "read-back-mismatch", message: `${FILE_NAME} does not come back as it was written` });
}
