import type { PublishedPort } from "./port.ts";

/** A published port as a person reads it: `8080->80/udp`, `127.0.0.1:8080->80`. */
export function formatPort({ host, container, protocol, address, interface: on }: PublishedPort): string {
  const place = address ?? on;
  const where = place === undefined ? "" : `${place.includes(":") ? `[${place}]` : place}:`;
  return `${where}${host}->${container}${protocol === "udp" ? "/udp" : ""}`;
}
