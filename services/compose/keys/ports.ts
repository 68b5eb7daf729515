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

export const ports: KeyConverter = (value, draft, service, field) => {
  const mode = service.keys.network_mode;
  if (mode === "host" || mode === "none") {
    service.leaveOut(field, `with network_mode ${mode} nothing is published`);
    return;
  }
  for (const [index, item] of list(value).entries()) {
    const place = `${field}[${index}]`;
    const port = typeof item === "object" ? longSyntax(item, place, service) : shortSyntax(item, place);
    publish(port, draft, service, place);
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

function publish(port: Mapping, draft: Draft, service: Service, field: string): void {
  const protocol: "tcp" | "udp" | undefined =
    port.protocol === "tcp" || port.protocol === "udp" ? port.protocol : undefined;
  if (port.host === undefined) {
    service.leaveOut(field, "no port of the device is named: write HOST:CONTAINER to publish it");
    return;
  }
  if (protocol === undefined) {
    service.leaveOut(field, "tcp and udp are published");
    return;
  }
  const address = port.address?.replace(/^\[|\]$/g, "");
  const [host, container] = [range(port.host, field), range(port.container, field)];
  if (typeof host === "string" && typeof container === "number") {
    service.leaveOut(field, "Compose takes one port of the range: name the one");
    return;
  }
  const published = {
    host,
    container,
    ...(protocol === "udp" ? { protocol } : {}),
    ...(address === undefined || address === "0.0.0.0" || address === "::" ? {} : { address }),
  };
  draft.ports = [...(draft.ports ?? []), published];
}

/** A port or a range, as a manifest writes them. */
function range(written: string, field: string): number | string {
  const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(written) ?? [];
  if (first === "") throw invalidCompose(field, written, "a port or a range, such as 8000-8010");
  return first === last ? Number(first) : `${Number(first)}-${Number(last)}`;
}
