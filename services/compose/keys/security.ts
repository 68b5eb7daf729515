import { Sysctls } from "../../model/workload/sysctls.ts";
import { boolean, pairs, text, texts } from "../read.ts";
import type { KeyConverter } from "../service.ts";

export const capAdd: KeyConverter = (value, draft, _service, field) => {
  draft.capabilities = { ...draft.capabilities, add: capabilities(value, field) };
};

export const capDrop: KeyConverter = (value, draft, _service, field) => {
  draft.capabilities = { ...draft.capabilities, drop: capabilities(value, field) };
};

function capabilities(value: unknown, field: string): string[] {
  return texts(value, field).map((name) => name.toUpperCase().replace(/^CAP_/, ""));
}

export const groupAdd: KeyConverter = (value, draft, _service, field) => {
  draft.groups = texts(value, field);
};

export const hostname: KeyConverter = (value, draft, _service, field) => {
  draft.hostname = text(value, field);
};

/** Only where it is said: a manifest that says false is one more line for nothing. */
export const privileged: KeyConverter = (value, draft, _service, field) => {
  if (boolean(value, field)) draft.privileged = true;
};

export const usernsMode: KeyConverter = (value, draft, service, field) => {
  const mode = text(value, field);
  if (mode === "host") draft.userns = "host";
  else if (mode !== "" && mode !== "private" && mode !== "auto") service.leaveOut(field, "it is private or host");
};

export const sysctls: KeyConverter = (value, draft, service, field) => {
  const taken: Record<string, string> = {};
  for (const [name, given = ""] of pairs(value, field)) {
    if (Sysctls.safeParse({ [name]: given }).success) taken[name] = given;
    else service.leaveOut(`${field}.${name}`, "a workload has no such setting for itself");
  }
  draft.sysctls = taken;
};

export const securityOpt: KeyConverter = (value, draft, service, field) => {
  for (const [index, option] of texts(value, field).entries()) {
    const [, name = "", given] = /^([a-z-]+)(?:[:=](.*))?$/.exec(option) ?? [];
    if (name === "no-new-privileges" && (given === undefined || given === "true")) continue;
    if (name === "no-new-privileges" && given === "false") draft.noNewPrivileges = false;
    else if (name === "seccomp" && given === "unconfined") draft.seccomp = "unconfined";
    else if (name === "seccomp")
      service.leaveOut(`${field}[${index}]`, "a profile's content is written under seccomp.profile");
    else service.leaveOut(`${field}[${index}]`, "not in this version");
  }
};
