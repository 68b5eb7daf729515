import { basename } from "node:path";
import { ReasonError } from "../model/reason.ts";
import { type BlockMap, parseBlockMap } from "./block-map.ts";
import { checkFile, filesBeside, readChecksums, readIfThere } from "./release-files.ts";

/** What is known of an image from the files beside it. */
export interface ImageChecks {
  readonly blockMap: BlockMap | undefined;
  /** The image's bytes, or its block map, are what the checksum file says. */
  readonly checksum: boolean;
  /** The checksum file is signed with the key that was given. */
  readonly signature: boolean;
}

/**
 * Checks an image by the files beside it, as far as they are there: block map, checksums, and with `key` (a file that holds
 * a public key) the signature. An unpacked image is not in the checksum file; its block map is, and holds the checksums of
 * all that gets written. Throws a `ReasonError` when anything does not fit, or when a key was given and leads to nothing.
 */
export async function checkImage(image: string, key: string | undefined): Promise<ImageChecks> {
  const files = filesBeside(image);
  const checksums = await readChecksums(files, key);
  const map = await readIfThere(files.blockMap);
  let vouched = false;
  if (checksums !== undefined) {
    for (const path of [image, ...(map === undefined ? [] : [files.blockMap])]) {
      switch (await checkFile(path, checksums)) {
        case "right":
          vouched = true;
          break;
        case "wrong": {
          const message = `${basename(path)} is not what ${basename(files.checksums)} says: it is damaged or another's`;
          throw new ReasonError({ code: "checksum-mismatch", message });
        }
        case "not-there":
          throw new ReasonError({ code: "file-unreadable", message: `cannot read the image: ${path} is not there` });
        case "not-listed":
          break;
      }
    }
  }
  if (key !== undefined && !vouched) {
    const message = `${basename(files.checksums)} is signed and says nothing of ${basename(image)} or its block map`;
    throw new ReasonError({ code: "checksum-mismatch", message });
  }
  return { blockMap: blockMapOf(map), checksum: vouched, signature: key !== undefined };
}

function blockMapOf(bytes: Uint8Array | undefined): BlockMap | undefined {
  if (bytes === undefined) return undefined;
  const parsed = parseBlockMap(Buffer.from(bytes).toString());
  if (parsed.ok) return parsed.value;
  throw new ReasonError(parsed.reason);
}
