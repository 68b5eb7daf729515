import { z } from "zod";
import { AbsolutePath } from "./paths.ts";

/** What the device's owner lets manifests ask for, whoever signed them; the default lets them ask for none of it. */
export const Policy = z.strictObject({
  privileged: z.boolean().default(false).describe("Whether a manifest may say `privileged: true`"),
  hostNetwork: z.boolean().default(false).describe("Whether a manifest may say `network.mode: host`"),
  hostPaths: z
    .array(AbsolutePath)
    .default([])
    .describe("Folders of the device that manifests may mount, with all that is below them"),
});
export type Policy = z.infer<typeof Policy>;

/** The policy of a device whose configuration says nothing of it. */
export const DEFAULT_POLICY: Policy = { privileged: false, hostNetwork: false, hostPaths: [] };
