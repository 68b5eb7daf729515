import { z } from "zod";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};
const BYTES = /^([0-9]+(?:\.[0-9]+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/;
const CPUS = /^([0-9]+(?:\.[0-9]{1,3})?|[0-9]+m)$/;
const DURATION = /^([0-9]+)(ms|s|m|h)$/;
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** An amount of bytes as Kubernetes writes it: `256Mi`, `1.5G`, or a plain number of bytes. */
export const Bytes = z
  .union([
    z.int().positive(),
    z.string().regex(BYTES, "a number of bytes with k, M, G, T, Ki, Mi, Gi or Ti, such as 256Mi"),
  ])
  .describe("Bytes, such as 256Mi");
export type Bytes = z.infer<typeof Bytes>;

/** An amount of CPU as Kubernetes writes it: `0.5`, `500m` or `2`. */
export const Cpus = z
  .union([z.number().positive().max(1024), z.string().regex(CPUS, "a number of CPUs, such as 0.5 or 500m")])
  .describe("CPUs, such as 0.5 or 500m");
export type Cpus = z.infer<typeof Cpus>;

/** A span of time: `500ms`, `5s`, `2m`, `1h`. */
export const Duration = z
  .string()
  .regex(DURATION, "a whole number with ms, s, m or h, such as 5s")
  .describe("A span of time, such as 5s");
export type Duration = z.infer<typeof Duration>;

/** Bytes as a whole number, rounded up. */
export function bytesOf(quantity: Bytes): number {
  if (typeof quantity === "number") return quantity;
  const [, amount, unit] = BYTES.exec(quantity) ?? [];
  return Math.ceil(Number(amount) * (UNITS[unit ?? ""] ?? 1));
}

/** CPUs as a number: 1 is one processor's whole time. */
export function cpusOf(quantity: Cpus): number {
  if (typeof quantity === "number") return quantity;
  return quantity.endsWith("m") ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity);
}

/** A duration in milliseconds. */
export function millisecondsOf(duration: Duration): number {
  const [, amount, unit] = DURATION.exec(duration) ?? [];
  return Number(amount) * (MILLISECONDS[unit ?? "ms"] ?? 1);
}

export { formatBytes } from "./format-bytes.ts";
