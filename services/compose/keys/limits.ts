import { composeBytes } from "../quantity.ts";
import { decimal, integer, mapping } from "../read.ts";
import type { KeyConverter } from "../service.ts";
import { restartPolicy } from "./process.ts";

export const memory: KeyConverter = (value, draft, _service, field) => {
  draft.limits = { ...draft.limits, memory: composeBytes(value, field) };
};

export const cpus: KeyConverter = (value, draft, _service, field) => {
  const number = decimal(value, field);
  // Compose's zero is no limit.
  if (number > 0) draft.limits = { ...draft.limits, cpus: number };
};

export const pids: KeyConverter = (value, draft, _service, field) => {
  const number = integer(value, field);
  if (number > 0) draft.limits = { ...draft.limits, pids: number };
};

/** What `deploy.resources.limits` may say. */
const LIMITS: Readonly<Record<string, KeyConverter>> = { cpus, memory, pids };

export const deploy: KeyConverter = (value, draft, service, field) => {
  for (const [key, member] of Object.entries(mapping(value, field))) {
    const place = `${field}.${key}`;
    switch (key) {
      case "resources":
        resources(member, draft, service, place);
        break;
      case "restart_policy":
        restartPolicy(member, draft, service, place);
        break;
      case "replicas":
        if (integer(member, place) !== 1) service.leaveOut(place, "a workload runs once: give each its own manifest");
        break;
      case "labels":
        break;
      default:
        service.leaveOut(place, "it is about a cluster, and this is one device");
    }
  }
};

const resources: KeyConverter = (value, draft, service, field) => {
  for (const [key, member] of Object.entries(mapping(value, field))) {
    const place = `${field}.${key}`;
    if (key !== "limits") {
      service.leaveOut(place, "not in this version");
      continue;
    }
    for (const [limit, amount] of Object.entries(mapping(member, place))) {
      const convert = LIMITS[limit];
      if (convert === undefined) service.leaveOut(`${place}.${limit}`, "there is no such limit");
      else convert(amount, draft, service, `${place}.${limit}`);
    }
  }
};
