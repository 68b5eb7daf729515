import { invalidCompose } from "../problem.ts";
import { list, mapping, pairs, text, texts } from "../read.ts";
import type { Draft, KeyConverter } from "../service.ts";

export const networkMode: KeyConverter = (value, draft, service, field) => {
  const mode = text(value, field);
  if (mode === "host" || mode === "none") draft.network = { ...draft.network, mode };
  else if (mode !== "bridge") service.leaveOut(field, "a workload's network is its own, the device's, or none");
};

export const networks: KeyConverter = (value, _draft, service, field) => {
  const names = Array.isArray(value) ? list(value).map(String) : Object.keys(mapping(value, field));
  // The default network is what every workload is on.
  if (names.some((name) => name !== "default"))
    service.leaveOut(field, "workloads share one network and reach one another by name");
};

export const dns: KeyConverter = (value, draft, _service, field) => {
  addDns(draft, { servers: texts(value, field) });
};

export const dnsSearch: KeyConverter = (value, draft, _service, field) => {
  // A single dot is Docker's for no domain at all, which is what is without it, too.
  addDns(draft, { search: texts(value, field).filter((domain) => domain !== ".") });
};

function addDns(draft: Draft, dns: NonNullable<NonNullable<Draft["network"]>["dns"]>): void {
  draft.network = { ...draft.network, dns: { ...draft.network?.dns, ...dns } };
}

/** `name=address` or `name:address`, or a mapping. Source: Compose specification, extra_hosts. */
export const extraHosts: KeyConverter = (value, draft, service, field) => {
  const written = Array.isArray(value)
    ? texts(value, field).map((entry) => entry.replace(/^([^=:]+)[=:]/, "$1="))
    : value;
  const hosts: Record<string, string> = {};
  for (const [name, address] of pairs(written, field)) {
    if (address === undefined || address === "") throw invalidCompose(`${field}.${name}`, name, "name=address");
    if (name in hosts) service.leaveOut(`${field}.${name}`, "a name has one address");
    else hosts[name] = address === "host-gateway" ? "gateway" : address.replace(/^\[|\]$/g, "");
  }
  draft.network = { ...draft.network, hosts };
};
