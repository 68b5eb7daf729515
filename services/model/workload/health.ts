import { z } from "zod";
import { Duration } from "../quantity.ts";
import { PortNumber } from "./port-number.ts";

/** A field name of an HTTP message (RFC 9110 §5.1). */
const HeaderName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "a header's name");
/** A field value of an HTTP message (RFC 9110 §5.5): visible ASCII and blanks, no line ends. */
const HeaderValue = z.string().regex(/^[\x20-\x7e]*$/, "visible ASCII characters and blanks");

const HttpProbe = z
  .strictObject({
    scheme: z.enum(["http", "https"]).default("http").describe("https is spoken with any certificate, see verify"),
    port: PortNumber.describe("The workload's own port"),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/, "a path that begins with /")
      .default("/")
      .describe("Path and query of the request"),
    host: z
      .string()
      .regex(/^[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?$/, "a host name, with its port where it has one")
      .optional()
      .describe("The Host header, and the name asked for in TLS; the workload's address where it is left out"),
    headers: z.record(HeaderName, HeaderValue).default({}).describe("More headers of the request; no secrets"),
    verify: z
      .boolean()
      .default(false)
      .describe("With https: the certificate must be for host, from an authority the device knows"),
  })
  .refine(({ verify, scheme, host }) => !verify || (scheme === "https" && host !== undefined), {
    message: "needs scheme https and a host",
    path: ["verify"],
  });
export type HttpProbe = z.infer<typeof HttpProbe>;

const KINDS = ["http", "tcp", "exec", "disabled"] as const;

/** How the device tells whether a running workload works: exactly one of `http`, `tcp`, `exec` and `disabled`. */
export const HealthCheck = z
  .strictObject({
    http: HttpProbe.optional().describe("Healthy when a GET answers with a status from 200 to 399"),
    tcp: z
      .strictObject({ port: PortNumber.describe("The workload's own port") })
      .optional()
      .describe("Healthy when a connection is accepted"),
    exec: z.array(z.string()).min(1).optional().describe("Healthy when the command inside the workload exits with 0"),
    disabled: z.literal(true).optional().describe("No check, not even the image's own"),
    interval: Duration.default("10s").describe("Between two probes"),
    startInterval: Duration.default("1s").describe(
      "Between two probes until one succeeds, where shorter than interval",
    ),
    timeout: Duration.default("3s").describe("For one probe"),
    retries: z.int().min(1).max(100).default(3).describe("Failures in a row that make it unhealthy"),
    startPeriod: Duration.default("30s").describe("After the start, failures do not count this long"),
    onFailure: z
      .enum(["restart", "stop", "report"])
      .default("restart")
      .describe(
        "What is done about an unhealthy workload; restart is no more than report where restart.policy is never",
      ),
  })
  .refine((check) => KINDS.filter((kind) => check[kind] !== undefined).length === 1, {
    message: "needs exactly one of http, tcp, exec and disabled",
  });
export type HealthCheck = z.infer<typeof HealthCheck>;
