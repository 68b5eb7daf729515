import { invalidCompose } from "../problem.ts";
import { composeDuration } from "../quantity.ts";
import { boolean, mapping, pairs, text, texts } from "../read.ts";
import type { KeyConverter } from "../service.ts";
import { shellWords } from "../words.ts";

export const image: KeyConverter = (value, draft, _service, field) => {
  draft.image = text(value, field);
};

export const command: KeyConverter = (value, draft, _service, field) => {
  if (value !== null) draft.args = commandLine(value, field);
};

export const entrypoint: KeyConverter = (value, draft, service, field) => {
  if (value === null) return;
  const words = commandLine(value, field);
  if (words.length > 0) draft.entrypoint = words;
  else service.leaveOut(field, "an image's entrypoint cannot be emptied: name the program to run");
};

function commandLine(value: unknown, field: string): string[] {
  if (Array.isArray(value)) return texts(value, field);
  const words = shellWords(text(value, field));
  if (words === undefined) throw invalidCompose(field, value, "a command line whose quotes are closed");
  return words;
}

export const environment: KeyConverter = (value, draft, service, field) => {
  const env: Record<string, string> = {};
  for (const [name, given] of pairs(value, field)) {
    const set = given ?? service.project.variables[name];
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      service.leaveOut(`${field}.${name}`, "a variable's name has letters, digits and underscores");
    else if (set === undefined)
      service.leaveOut(`${field}.${name}`, "the variable has no value where this was converted");
    else env[name] = set;
  }
  draft.env = env;
};

export const user: KeyConverter = (value, draft, _service, field) => {
  draft.user = text(value, field);
};

export const workingDir: KeyConverter = (value, draft, _service, field) => {
  draft.workdir = text(value, field);
};

export const stopSignal: KeyConverter = (value, draft, service, field) => {
  const written = text(value, field);
  const signal = written.startsWith("SIG") ? written : `SIG${written}`;
  if (/^\d+$/.test(written)) service.leaveOut(field, "a signal is named, such as SIGTERM");
  else draft.stop = { ...draft.stop, signal };
};

export const stopGracePeriod: KeyConverter = (value, draft, _service, field) => {
  draft.stop = { ...draft.stop, grace: composeDuration(value, field) };
};

export const init: KeyConverter = (value, draft, _service, field) => {
  if (boolean(value, field)) draft.init = true;
};

export const pullPolicy: KeyConverter = (value, draft, service, field) => {
  const written = text(value, field);
  const policy = written === "if_not_present" ? "missing" : written;
  if (policy === "always" || policy === "missing" || policy === "never") draft.pull = policy;
  else service.leaveOut(field, "an image is pulled always, when it is missing, or never");
};

/** The restart policy of services that run on their own. */
export const restart: KeyConverter = (value, draft, service, field) => {
  const written = value === false ? "no" : text(value, field);
  const [policy, most] = written.split(":");
  switch (policy) {
    case "no":
    case "always":
      draft.restart = { ...draft.restart, policy: policy === "no" ? "never" : "always" };
      return;
    case "unless-stopped":
      // An order to stop is kept over a restart of the device whatever the policy is.
      draft.restart = { ...draft.restart, policy: "always" };
      return;
    case "on-failure":
      draft.restart = { ...draft.restart, policy: "on-failure" };
      if (most !== undefined) service.leaveOut(field, "starts are counted within a time: see restart.limit");
      return;
    default:
      throw invalidCompose(field, value, "no, always, on-failure or unless-stopped");
  }
};

/** `deploy.restart_policy`, which goes before `restart`. */
export const restartPolicy: KeyConverter = (value, draft, service, field) => {
  const { condition = "any", delay, ...others } = mapping(value, field);
  const policies = { any: "always", "on-failure": "on-failure", none: "never" } as const;
  const policy = Object.entries(policies).find(([name]) => name === condition)?.[1];
  if (policy === undefined) throw invalidCompose(`${field}.condition`, condition, Object.keys(policies).join(", "));
  draft.restart = {
    policy,
    ...(delay === undefined ? {} : { delay: composeDuration(delay, `${field}.delay`) }),
  };
  for (const key of Object.keys(others))
    service.leaveOut(`${field}.${key}`, "starts are counted within a time: see restart.limit");
};
