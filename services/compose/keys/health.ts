import { invalidCompose } from "../problem.ts";
import { composeDuration } from "../quantity.ts";
import { boolean, integer, mapping, text, texts } from "../read.ts";
import type { Draft, KeyConverter } from "../service.ts";

/** What Compose takes where the file says nothing. Source: Compose specification, healthcheck, and Dockerfile's HEALTHCHECK. */
const DEFAULTS = { interval: "30s", timeout: "30s", retries: 3, start_period: "0s" };

export const healthcheck: KeyConverter = (value, draft, service, field) => {
  const written = mapping(value, field);
  const {
    test,
    disable = false,
    interval,
    timeout,
    retries,
    start_period,
    start_interval,
    ...others
  } = {
    ...DEFAULTS,
    ...written,
  } as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(others)) service.leaveOut(`${field}.${key}`, "a health check has no such setting");
  const exec = boolean(disable, `${field}.disable`) ? "none" : testCommand(test, `${field}.test`);
  if (exec === "image") {
    service.leaveOut(field, "it names no test: the image's own HEALTHCHECK counts as it is");
    return;
  }
  if (exec === "none") {
    draft.health = { disabled: true };
    return;
  }
  draft.health = {
    exec,
    interval: composeDuration(interval, `${field}.interval`),
    timeout: composeDuration(timeout, `${field}.timeout`),
    retries: integer(retries, `${field}.retries`),
    startPeriod: composeDuration(start_period, `${field}.start_period`),
    ...(start_interval === undefined
      ? {}
      : { startInterval: composeDuration(start_interval, `${field}.start_interval`) }),
  };
};

function testCommand(test: unknown, field: string): string[] | "none" | "image" {
  if (test === undefined || test === null) return "image";
  if (!Array.isArray(test)) return shell(text(test, field));
  const [kind, ...words] = texts(test, field);
  if (kind === "NONE") return "none";
  if (kind === "CMD" && words.length > 0) return words;
  if (kind === "CMD-SHELL" && words.length === 1) return shell(words[0] ?? "");
  throw invalidCompose(field, kind, "NONE, CMD with a command, or CMD-SHELL with one line");
}

function shell(line: string): string[] {
  return ["/bin/sh", "-c", line];
}

/** What of another service is waited for, by Compose's word. */
const CONDITIONS = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "succeeded",
} as const;

export const dependsOn: KeyConverter = (value, draft, service, field) => {
  const named: ReadonlyArray<readonly [string, unknown]> = Array.isArray(value)
    ? texts(value, field).map((name) => [name, {}])
    : Object.entries(mapping(value, field));
  const after: NonNullable<Draft["after"]> = [];
  for (const [name, settings] of named) {
    const place = `${field}.${name}`;
    const { condition = "service_started", restart = false, required } = mapping(settings, place);
    const requires = Object.entries(CONDITIONS).find(([word]) => word === condition)?.[1];
    if (requires === undefined)
      throw invalidCompose(`${place}.condition`, condition, Object.keys(CONDITIONS).join(", "));
    if (boolean(restart, `${place}.restart`))
      service.leaveOut(`${place}.restart`, "a workload is not restarted with another");
    const workload = service.project.workload(name);
    if (workload === undefined && required !== false)
      service.leaveOut(place, "no manifest is made of that service: it is not waited for");
    if (workload !== undefined) after.push(requires === "started" ? workload : { workload, requires });
  }
  if (after.length > 0) draft.after = after;
};
