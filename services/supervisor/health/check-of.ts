import type { ImageConfig } from "../../model/image.ts";
import { HealthCheck } from "../../model/workload/health.ts";
import type { Workload } from "../../model/workload.ts";

const SHELL = ["/bin/sh", "-c"];
const NANOSECONDS = 1_000_000;
const MOST_RETRIES = 100;

/**
 * The check a workload is held to: its manifest's, else its image's HEALTHCHECK with Docker's defaults; undefined for none.
 * An image that names a check that is none of Docker's forms has none.
 */
export function healthCheckOf(manifest: Pick<Workload, "health">, config: ImageConfig): HealthCheck | undefined {
  if (manifest.health !== undefined) return manifest.health.disabled === true ? undefined : manifest.health;
  const { Healthcheck: own, Shell: shell } = config;
  const exec = commandOf(own?.Test ?? [], shell ?? SHELL);
  if (exec === undefined) return undefined;
  return HealthCheck.parse({
    exec,
    interval: duration(own?.Interval, "30s"),
    startInterval: duration(own?.StartInterval, "5s"),
    timeout: duration(own?.Timeout, "30s"),
    startPeriod: duration(own?.StartPeriod, "0s"),
    retries: retriesOf(own?.Retries),
  });
}

/** `["CMD", …]`, `["CMD-SHELL", line]`, `["NONE"]`, or empty for none. */
function commandOf([form, ...rest]: readonly string[], shell: readonly string[]): string[] | undefined {
  if (rest.length === 0) return undefined;
  if (form === "CMD") return rest;
  if (form === "CMD-SHELL") return [...shell, rest.join(" ")];
  return undefined;
}

function duration(nanoseconds: number | null | undefined, fallback: string): string {
  const milliseconds = Math.round((nanoseconds ?? 0) / NANOSECONDS);
  return milliseconds > 0 ? `${milliseconds}ms` : fallback;
}

function retriesOf(retries: number | null | undefined): number {
  const whole = Math.trunc(retries ?? 0);
  return whole > 0 ? Math.min(MOST_RETRIES, whole) : 3;
}
