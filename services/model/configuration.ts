import { z } from "zod";
import { DeviceName } from "./names.ts";
import { Policy } from "./policy.ts";

const Pem = z.string().regex(/-----BEGIN [A-Z0-9 ]+-----[\s\S]+-----END [A-Z0-9 ]+-----/, "a PEM block");

/** How one registry is reached. */
export const RegistrySettings = z.strictObject({
  endpoint: z
    .url({ protocol: /^https?$/, message: "an http or https address" })
    .optional()
    .describe("Where requests for this registry go, such as a mirror; default https://<registry>"),
  ca: Pem.optional().describe("Certificates to trust for it, beside the public authorities"),
});
export type RegistrySettings = z.infer<typeof RegistrySettings>;

/** A key whose orders the device obeys. */
const SigningKey = z.strictObject({
  id: z.string().min(1).max(64).describe("The name orders give of the key that signed them (the JWS header's kid)"),
  publicKey: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, "a raw Ed25519 public key, 32 bytes in base64url")
    .describe("The public key"),
});

/** How the device reaches its fleet. */
export const FleetSettings = z.strictObject({
  broker: z
    .url({ protocol: /^mqtts?$/, message: "an mqtt or mqtts address" })
    .describe("Where the broker is; mqtts is MQTT over TLS"),
  ca: Pem.optional().describe("Certificates to trust for the broker"),
  certificate: Pem.optional().describe("The device's certificate"),
  key: Pem.optional().describe("The certificate's private key"),
  signingKeys: z.array(SigningKey).min(1).describe("Keys whose orders the device obeys"),
});
export type FleetSettings = z.infer<typeof FleetSettings>;

const IpAddress = z.union([z.ipv4(), z.ipv6()], { error: "an IPv4 or IPv6 address" });

/** A network interface's settings; without `address` it asks DHCP. */
export const InterfaceSettings = z.strictObject({
  match: z.string().min(1).max(64).default("en* eth*").describe("Interface names or globs (systemd.network(5), Name=)"),
  address: z
    .string()
    .regex(/^[0-9a-fA-F.:]+\/[0-9]{1,3}$/, "an address with its prefix length, such as 192.168.1.5/24")
    .optional()
    .describe("A fixed address with its prefix length; without it the interface asks DHCP"),
  gateway: IpAddress.optional().describe("The router"),
  dns: z.array(IpAddress).default([]).describe("Name servers"),
});
export type InterfaceSettings = z.infer<typeof InterfaceSettings>;

/** The first-boot configuration file, `berth.yaml`, on the image's CONFIG partition or a drive labelled BERTHCONFIG. */
export const Configuration = z
  .strictObject({
    device: DeviceName.describe("The device's name in its fleet, and its host name unless `hostname` says otherwise"),
    hostname: DeviceName.optional().describe("The host name, where it is not the device's name"),
    network: z
      .array(InterfaceSettings)
      .default([])
      .describe("Network interfaces; the first entry that matches one holds. Wired ones none matches ask DHCP"),
    admin: z
      .strictObject({ token: z.string().min(16, "at least 16 characters").max(256).describe("A secret") })
      .optional()
      .describe("The LAN API's bearer token; without it the device makes one and shows it on its console"),
    fleet: FleetSettings.optional().describe("How the device reaches its fleet; without it there is no link"),
    policy: Policy.prefault({}).describe("What manifests may ask for beyond what is safe for the device"),
    registries: z.record(z.string(), RegistrySettings).default({}).describe("Settings by registry, such as docker.io"),
  })
  .meta({ id: "Configuration", title: "Berth first-boot configuration" });
export type Configuration = z.infer<typeof Configuration>;
