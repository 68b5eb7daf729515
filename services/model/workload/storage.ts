import { z } from "zod";
import { VolumeName } from "../names.ts";
import { AbsolutePath } from "../paths.ts";
import { Bytes } from "../quantity.ts";

const place = AbsolutePath.describe("Where in the workload");
const Mode = z.string().regex(/^[0-7]{3,4}$/, "an octal mode, such as 1777");

/** A place in memory. */
export const Tmpfs = z.strictObject({
  path: place,
  size: Bytes.default("64Mi").describe("Most it may hold"),
  mode: Mode.default("1777").describe("The directory's mode"),
});
export type Tmpfs = z.infer<typeof Tmpfs>;

/** A named volume's place in a workload. */
export const VolumeMount = z.strictObject({
  name: VolumeName,
  path: place,
  readOnly: z.boolean().default(false).describe("Mounted so that the workload cannot write to it"),
  copy: z.boolean().default(true).describe("A volume made by this workload begins with what its image holds there"),
});
export type VolumeMount = z.infer<typeof VolumeMount>;

/** A file or folder of the device shown to a workload. */
export const HostMount = z.strictObject({
  source: AbsolutePath.describe("File or folder of the device, below a folder that the device's policy names"),
  path: place,
  readOnly: z.boolean().default(true).describe("Mounted so that the workload cannot write to it"),
});
export type HostMount = z.infer<typeof HostMount>;

/** Bytes of an inline file, and of all of a manifest's. */
const MOST_FILE_BYTES = 256 * 1024;
const MOST_FILES_BYTES = 512 * 1024;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A file whose content stands in the manifest. The content may be a secret: no error and no log shows it. */
const InlineFile = z
  .strictObject({
    path: place,
    content: z.string().optional().meta({ writeOnly: true }).describe("What it holds, as text"),
    contentBase64: z
      .string()
      .regex(BASE64, "base64 with padding (RFC 4648 §4)")
      .optional()
      .meta({ writeOnly: true })
      .describe("What it holds, in base64"),
    mode: Mode.default("0444").describe("The file's mode"),
    owner: z
      .string()
      .regex(/^[a-z_0-9][a-z0-9_-]*(:[a-z_0-9][a-z0-9_-]*)?$/, "user[:group], names or numbers")
      .default("0:0")
      .describe("Whose it is in the workload"),
  })
  .refine((file) => (file.content === undefined) !== (file.contentBase64 === undefined), {
    message: "needs exactly one of content and contentBase64",
  })
  .refine((file) => sizeOf(file) <= MOST_FILE_BYTES, { message: `holds more than ${MOST_FILE_BYTES} bytes` });

/** All of a manifest's inline files. */
export const InlineFiles = z.array(InlineFile).refine((files) => {
  return files.reduce((sum, file) => sum + sizeOf(file), 0) <= MOST_FILES_BYTES;
}, `hold more than ${MOST_FILES_BYTES} bytes together`);

interface Content {
  readonly content?: string | undefined;
  readonly contentBase64?: string | undefined;
}

/** What an inline file holds. */
export function contentOf({ content, contentBase64 }: Content): Uint8Array {
  if (contentBase64 === undefined) return new TextEncoder().encode(content ?? "");
  return Uint8Array.from(atob(contentBase64), (character) => character.charCodeAt(0));
}

function sizeOf({ content, contentBase64 }: Content): number {
  if (contentBase64 !== undefined) return Math.floor((contentBase64.length * 3) / 4);
  return new TextEncoder().encode(content ?? "").length;
}
