import { invalidCompose } from "../problem.ts";
import { composeDuration } from "../quantity.ts";
import { boolean, integer, mapping, text, texts } from "../read.ts";
import type { KeyConverter } from "../service.ts";

/** What Compose takes where the file says nothing. Source: Compose specification, healthcheck, and Dockerfile's HEALTHCHECK. */
const DEFAULTS = { interval: "30s", timeout: "30s", retries: 3, start_period: "0s" };

export const healthcheck: KeyConverter = (value, draft, service, field) => {
  const {
    test,
    disable = false,
    interval,
    timeout,
    retries,
    start_period,
    ...others
  } = {
    ...DEFAULTS,
    ...mapping(value, field),
  } as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(others)) service.leaveOut(`${field}.${key}`, "a health check has no such setting");
  if (boolean(disable, `${field}.disable`)) return;
  const exec = testCommand(test, `${field}.test`);
  if (exec === "none") return;
  if (exec === "image") {
    service.leaveOut(field, "without a test it is the image's, which is not in this version");
    return;
  }
  draft.health = {
    exec,
    interval: composeDuration(interval, `${field}.interval`),
    timeout: composeDuration(timeout, `${field}.timeout`),
    retries: integer(retries, `${field}.retries`),
    startPeriod: composeDuration(start_period, `${field}.start_period`),
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
