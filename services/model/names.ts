import { z } from "zod";

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const labelMessage = "lower-case letters, digits and inner hyphens, at most 63 characters (a DNS label)";

/** A workload's name: a DNS label, since it is also its host name and part of its unit's name (RFC 1123 §2.1). */
export const WorkloadName = z.string().regex(LABEL, labelMessage).describe("The workload's name, a DNS label");

/** One of the instances a workload may have at a time: its name, or its name with `.2`. */
export const InstanceName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.2)?$/, labelMessage);

/** A device's name in its fleet: a DNS label, since it is a level of its MQTT topics and its host name. */
export const DeviceName = z.string().regex(LABEL, labelMessage).describe("The device's name, a DNS label");

/** A named volume's name. */
export const VolumeName = z.string().regex(LABEL, labelMessage).describe("The volume's name, a DNS label");

/** A volume on a device: one a manifest names, or `WORKLOAD.PLACE`, which a workload's image asked for. */
export const AnyVolumeName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$/,
    "a volume's name, such as db or web.var-cache",
  )
  .describe("The volume's name");
