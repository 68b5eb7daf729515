import { bytesOf } from "../../model/quantity.ts";
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

/** Docker's weights begin at 2 and have 1024 for what a manifest calls 100. */
export const cpuShares: KeyConverter = (value, draft, _service, field) => {
  const shares = integer(value, field);
  if (shares === 0) return;
  const cpuWeight = Math.min(10_000, Math.max(1, Math.round((shares * 100) / 1024)));
  draft.limits = { ...draft.limits, cpuWeight };
};

export const memoryReservation: KeyConverter = (value, draft, _service, field) => {
  draft.reserve = { ...draft.reserve, memory: composeBytes(value, field) };
};

const cpuReservation: KeyConverter = (value, draft, _service, field) => {
  const cpus = decimal(value, field);
  if (cpus > 0) draft.reserve = { ...draft.reserve, cpus };
};

/** As Docker counts it: memory and swap together, so that both the same is no swap. */
export const memorySwap: KeyConverter = (value, draft, service, field) => {
  const both = value === -1 || value === "-1" ? undefined : bytesOf(composeBytes(value, field));
  const memory =
    service.keys.mem_limit === undefined ? undefined : bytesOf(composeBytes(service.keys.mem_limit, field));
  if (both === undefined || memory === undefined || both < memory)
    service.leaveOut(field, "how much swap is said by limits.swap alone");
  else draft.limits = { ...draft.limits, swap: both - memory };
};

export const shm: KeyConverter = (value, draft, _service, field) => {
  draft.limits = { ...draft.limits, shm: composeBytes(value, field) };
};

export const ulimits: KeyConverter = (value, draft, service, field) => {
  for (const [name, limit] of Object.entries(mapping(value, field))) {
    const place = `${field}.${name}`;
    const hard = typeof limit === "object" && limit !== null ? mapping(limit, place).hard : limit;
    if (name === "nofile") draft.limits = { ...draft.limits, openFiles: integer(hard, place) };
    else service.leaveOut(place, "of these limits there is but nofile");
  }
};

export const blkio: KeyConverter = (value, draft, service, field) => {
  for (const [key, member] of Object.entries(mapping(value, field))) {
    // 10 to 1000 there, 1 to 10000 here, with 500 there for 100 here (blkio-controller and cgroup-v2 of the kernel's documentation).
    if (key === "weight")
      draft.limits = {
        ...draft.limits,
        io: { weight: Math.max(1, Math.round(integer(member, `${field}.weight`) / 5)) },
      };
    else service.leaveOut(`${field}.${key}`, "the limits of a disk are under limits.io, for the data partition alone");
  }
};

/** What `deploy.resources.reservations` may say. */
const RESERVATIONS: Readonly<Record<string, KeyConverter>> = { cpus: cpuReservation, memory: memoryReservation };

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
    const known = key === "limits" ? LIMITS : key === "reservations" ? RESERVATIONS : {};
    for (const [limit, amount] of Object.entries(mapping(member, place))) {
      const convert = known[limit];
      if (convert === undefined) service.leaveOut(`${place}.${limit}`, "there is no such limit");
      else convert(amount, draft, service, `${place}.${limit}`);
    }
  }
};
