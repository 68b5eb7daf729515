import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { digestOf } from "./digest.ts";
import { isMissing, namesIn, writeWhole } from "./files.ts";
import { type ImageFile, layerSources, parseImageFile } from "./image-file.ts";
import { type Layout, referenceKey } from "./layout.ts";
import { type Manifest, parseDocument } from "./manifest.ts";
import { manifestInvalid } from "./problems.ts";

/** What the device keeps of an image beside its layers: the documents as they were, so that they can be verified again. */
const Stored = z.strictObject({
  version: z.literal(1),
  reference: z.string(),
  digest: z.string(),
  manifest: z.string(),
  config: z.string(),
});

/** An image by its name: its documents, verified. */
export interface ImageRecord {
  /** Canonical. */
  readonly reference: string;
  /** Of the manifest. */
  readonly digest: string;
  readonly manifestText: string;
  readonly configText: string;
  readonly manifest: Manifest;
  readonly file: ImageFile;
}

/** Verifies that a manifest and a configuration belong together, and makes the record of them. */
export function imageRecord(reference: string, manifestText: string, configText: string): ImageRecord {
  const bytes = new TextEncoder();
  const document = parseDocument(bytes.encode(manifestText), undefined, reference);
  if (document.kind !== "manifest") throw manifestInvalid(reference, "is an index where a manifest is needed");
  const file = parseImageFile(bytes.encode(configText), reference);
  requireConfig(document.manifest, configText, reference);
  layerSources(document.manifest, file, reference);
  return { reference, digest: digestOf(manifestText), manifestText, configText, manifest: document.manifest, file };
}

function requireConfig(manifest: Manifest, configText: string, subject: string): void {
  const found = digestOf(configText);
  if (found !== manifest.config.digest)
    throw manifestInvalid(subject, `its configuration is ${found}, not ${manifest.config.digest}`);
}

/** The records of the images on the device, one file each. */
export class ImageRecords {
  readonly #layout: Layout;
  /** What each file's text was found to hold: an image is asked for far more often than it changes. */
  readonly #read = new Map<string, { readonly text: string; readonly record: ImageRecord | undefined }>();

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  async write(record: ImageRecord): Promise<void> {
    const { reference, digest, manifestText, configText } = record;
    const stored: z.infer<typeof Stored> = {
      version: 1,
      reference,
      digest,
      manifest: manifestText,
      config: configText,
    };
    await writeWhole(this.#path(referenceKey(reference)), `${JSON.stringify(stored)}\n`, this.#layout.temporary);
  }

  /** The record of a canonical reference; undefined when there is none, or when it cannot be trusted any more. */
  async find(reference: string): Promise<ImageRecord | undefined> {
    return await this.#recordOf(referenceKey(reference));
  }

  /** Every file there is, with its record where it can be read. */
  async all(): Promise<Array<{ key: string; record: ImageRecord | undefined }>> {
    const keys = await namesIn(this.#layout.images, ".json");
    return await Promise.all(keys.map(async (key) => ({ key, record: await this.#recordOf(key) })));
  }

  async #recordOf(key: string): Promise<ImageRecord | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path(key), "utf8");
    } catch (error) {
      this.#read.delete(key);
      if (isMissing(error)) return undefined;
      throw error;
    }
    const known = this.#read.get(key);
    if (known?.text === text) return known.record;
    const record = parseRecord(key, text);
    this.#read.set(key, { text, record });
    return record;
  }

  #path(key: string): string {
    return join(this.#layout.images, key);
  }
}

/** What a record's file holds; undefined when the disk has spoilt it, which is as good as none: the image is to be pulled anew. */
function parseRecord(key: string, text: string): ImageRecord | undefined {
  try {
    const json: unknown = JSON.parse(text);
    const stored = Stored.parse(json);
    const record = imageRecord(stored.reference, stored.manifest, stored.config);
    return record.digest === stored.digest && referenceKey(record.reference) === key ? record : undefined;
  } catch {
    return undefined;
  }
}
