import { invalidCompose } from "../problem.ts";
import { integer, list, mapping, text } from "../read.ts";
import type { Draft, KeyConverter, Service } from "../service.ts";

/** A port's mapping before it is one of a manifest's. */
interface Mapping {
  readonly address: string | undefined;
  readonly host: string | undefined;
  readonly container: string;
  readonly protocol: string;
}

/** Ports of one mapping, spelled out. */
const MOST_OF_A_RANGE = 100;

export const ports: KeyConverter = (value, draft, service, field) => {
  for (const [index, item] of list(value).entries()) {
    const place = `${field}[${index}]`;
    publish(
      typeof item === "object" ? longSyntax(item, place, service) : shortSyntax(item, place),
      draft,
      service,
      place,
    );
  }
};

/** `[[address:]host:]container[/protocol]`, with ranges. Source: Compose specification, ports, short syntax. */
function shortSyntax(value: unknown, field: string): Mapping {
  const written = text(value, field);
  const match = /^(?:(?:(\[[0-9a-fA-F:]+\]|[0-9.]+):)?([0-9-]*):)?([0-9-]+)(?:\/([a-z]+))?$/.exec(written);
  if (match?.[3] === undefined) throw invalidCompose(field, value, "[[address:]host:]container[/protocol]");
  return { address: match[1], host: match[2] || undefined, container: match[3], protocol: match[4] ?? "tcp" };
}

function longSyntax(value: unknown, field: string, service: Service): Mapping {
  const { target, published, host_ip, protocol = "tcp", mode, app_protocol, name, ...others } = mapping(value, field);
  for (const key of Object.keys(others)) service.leaveOut(`${field}.${key}`, "a published port has no such setting");
  void [mode, app_protocol, name];
  return {
    address: host_ip === undefined ? undefined : text(host_ip, `${field}.host_ip`),
    host: published === undefined ? undefined : text(published, `${field}.published`),
    container: String(integer(target, `${field}.target`)),
    protocol: text(protocol, `${field}.protocol`),
  };
}

function publish(mapping: Mapping, draft: Draft, service: Service, field: string): void {
  const { address } = mapping;
  const protocol: "tcp" | "udp" | undefined =
    mapping.protocol === "tcp" || mapping.protocol === "udp" ? mapping.protocol : undefined;
  if (mapping.host === undefined) {
    service.leaveOut(field, "no port of the device is named: write HOST:CONTAINER to publish it");
    return;
  }
  if (protocol === undefined) {
    service.leaveOut(field, "tcp and udp are published");
    return;
  }
  if (address !== undefined && !["0.0.0.0", "[::]", "::"].includes(address)) {
    service.leaveOut(field, `publishing on the address ${address} alone is not in this version`);
    return;
  }
  const host = range(mapping.host, field);
  const container = range(mapping.container, field);
  if (host.length !== container.length) {
    service.leaveOut(field, "a range is published on one of the same length: name each port");
    return;
  }
  const published = host.map((port, index) => ({
    host: port,
    container: container[index] ?? port,
    ...(protocol === "udp" ? { protocol } : {}),
  }));
  draft.ports = [...(draft.ports ?? []), ...published];
}

function range(written: string, field: string): number[] {
  const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(written) ?? [];
  const count = Number(last) - Number(first) + 1;
  if (first === "" || count < 1 || count > MOST_OF_A_RANGE)
    throw invalidCompose(field, written, `a port, or a range of at most ${MOST_OF_A_RANGE}`);
  return Array.from({ length: count }, (_, index) => Number(first) + index);
}
