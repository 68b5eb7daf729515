import { z } from "zod";
import { Configuration, FleetSettings } from "./configuration.ts";
import { DeviceName } from "./names.ts";
import { Policy } from "./policy.ts";
import { Reason } from "./reason.ts";

/**
 * What `berth config apply` makes of the first-boot configuration at each boot: one file a service below /run/berth,
 * each readable only by the user of that service, each holding only what that service needs.
 */

/** /run/berth/supervisor/config.json, owned by root. */
export const SupervisorConfiguration = z.strictObject({
  device: DeviceName,
  source: z.enum(["drive", "partition", "kept", "none"]),
  problems: z.array(Reason),
  registries: Configuration.shape.registries,
  policy: Policy,
  signingKeys: FleetSettings.shape.signingKeys.or(z.array(z.never()).length(0)),
});
export type SupervisorConfiguration = z.infer<typeof SupervisorConfiguration>;

/** /run/berth/admin/config.json, owned by berth-admin. */
export const AdminConfiguration = z.strictObject({ device: DeviceName, hostname: DeviceName, token: z.string() });
export type AdminConfiguration = z.infer<typeof AdminConfiguration>;

/** /run/berth/agent/config.json, owned by berth-agent; `fleet` is absent on a device without one. */
export const AgentConfiguration = z.strictObject({
  device: DeviceName,
  fleet: FleetSettings.omit({ signingKeys: true }).optional(),
});
export type AgentConfiguration = z.infer<typeof AgentConfiguration>;
