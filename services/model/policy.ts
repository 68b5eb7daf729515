import { z } from "zod";
import { AbsolutePath } from "./paths.ts";

/** What the device's owner lets manifests ask for, whoever signed them; the default lets them ask for none of it. */
export const Policy = z.strictObject({
  privileged: z
    .boolean()
    .default(false)
    .describe("Whether a manifest may say `privileged: true` or `userns: host`, which amount to root on the device"),
  unconfined: z
    .boolean()
    .default(false)
    .describe(
      "Whether a manifest may choose its own seccomp profile, or none, or add BPF, PERFMON or SYS_ADMIN, which open more of the kernel to it; privileged allows it, too",
    ),
  hostNetwork: z.boolean().default(false).describe("Whether a manifest may say `network.mode: host`"),
  hostPaths: z
    .array(AbsolutePath)
    .default([])
    .describe("Folders of the device that manifests may mount, with all that is below them"),
});
export type Policy = z.infer<typeof Policy>;

/** The policy of a device whose configuration says nothing of it. */
export const DEFAULT_POLICY: Policy = { privileged: false, unconfined: false, hostNetwork: false, hostPaths: [] };
