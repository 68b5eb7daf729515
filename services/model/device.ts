import { z } from "zod";
import { Reason } from "./reason.ts";

/** Whether micro-VMs run at the processor's own speed. */
export const Virtualization = z
  .strictObject({
    kvm: z
      .enum(["works", "broken", "absent", "untried"])
      .describe("broken: it is there, but no guest runs under it; untried: nothing has needed it since the boot"),
    message: z.string().optional().describe("Why it does not work"),
  })
  .meta({ id: "Virtualization" });
export type Virtualization = z.infer<typeof Virtualization>;

/** What a device says of itself. */
export const Device = z
  .strictObject({
    name: z.string(),
    version: z.string().describe("Berth's version"),
    board: z.string(),
    base: z.string().describe("What the image was composed from: debian or buildroot"),
    architecture: z.enum(["amd64", "arm64"]),
    kernel: z.string(),
    bootId: z.string().describe("Changes with each boot"),
    bootedAt: z.iso.datetime({ offset: true }),
    publicKey: z.string().describe("The device's Ed25519 key, raw, base64url: its receipts are signed with it"),
    storage: z.strictObject({ total: z.int(), free: z.int() }).describe("The data partition, in bytes"),
    configuration: z
      .strictObject({ source: z.enum(["drive", "partition", "kept", "none"]), problems: z.array(Reason) })
      .describe("Where the first-boot configuration came from, and what was wrong with it"),
    virtualization: Virtualization.optional().describe("Whether it can run micro-VMs"),
    problems: z.array(Reason).describe("What keeps the device from working as it should"),
  })
  .meta({ id: "Device" });
export type Device = z.infer<typeof Device>;

/** Whether a device is connected to its fleet: retained at the broker; the will says offline. */
export const Presence = z
  .strictObject({
    device: z.string(),
    online: z.boolean(),
    at: z.iso.datetime({ offset: true }),
    bootId: z.string().optional(),
    publicKey: z.string().optional(),
    version: z.string().optional(),
    about: Device.optional().describe("What the device said of itself when it connected"),
  })
  .meta({ id: "Presence" });
export type Presence = z.infer<typeof Presence>;
