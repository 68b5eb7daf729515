import { list, mapping, text } from "../read.ts";
import type { KeyConverter } from "../service.ts";

export const networkMode: KeyConverter = (value, _draft, service, field) => {
  if (text(value, field) !== "bridge") service.leaveOut(field, "not in this version");
};

export const networks: KeyConverter = (value, _draft, service, field) => {
  const names = Array.isArray(value) ? list(value).map(String) : Object.keys(mapping(value, field));
  // The default network is what every workload is on.
  if (names.some((name) => name !== "default"))
    service.leaveOut(field, "workloads share one network and reach one another by name");
};
