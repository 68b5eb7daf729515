import { invalidCompose } from "./problem.ts";
import { text } from "./read.ts";

const BYTE_UNITS: Readonly<Record<string, string>> = { "": "", b: "", k: "Ki", m: "Mi", g: "Gi", t: "Ti" };
const SECOND_UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * A compose amount of bytes (`512m`, `1.5gb`, a number) as a manifest writes it: compose's units are powers of 1024
 * whatever their case. Source: Compose specification, Specifying byte values.
 */
export function composeBytes(value: unknown, field: string): string | number {
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text(value, field).trim());
  const unit = BYTE_UNITS[(match?.[2] ?? "").toLowerCase()];
  if (match?.[1] === undefined || unit === undefined) throw invalidCompose(field, value, "bytes, such as 512m");
  return unit === "" ? Math.ceil(Number(match[1])) : `${match[1]}${unit}`;
}

/**
 * A compose span of time (`1m30s`, `1.5h`) as a manifest writes it, or a number of seconds. Source: Compose
 * specification, Specifying durations.
 */
export function composeDuration(value: unknown, field: string): string {
  const written = typeof value === "number" ? `${value}s` : text(value, field).trim();
  const parts = [...written.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h|d)/g)];
  if (written !== "0" && (written === "" || parts.map(([part]) => part).join("") !== written))
    throw invalidCompose(field, value, "a span of time, such as 1m30s");
  const milliseconds = Math.ceil(
    parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (SECOND_UNITS[unit ?? ""] ?? 0), 0),
  );
  return plainDuration(milliseconds);
}

/** Milliseconds in the largest unit that keeps them whole. */
function plainDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  for (const [unit, size] of [
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
  ] as const)
    if (milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  return `${milliseconds}ms`;
}
