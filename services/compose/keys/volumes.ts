import { labelOf } from "../names.ts";
import { invalidCompose } from "../problem.ts";
import { composeBytes } from "../quantity.ts";
import { boolean, list, mapping, text, texts } from "../read.ts";
import type { Draft, KeyConverter, Service } from "../service.ts";

/** A mount of a service, whichever syntax said so. */
interface Mount {
  readonly source: string | undefined;
  readonly target: string;
  readonly readOnly: boolean;
  /** Whether a new volume begins with what the image has there. */
  readonly copy: boolean;
}

export const readOnly: KeyConverter = (value, draft, _service, field) => {
  // Compose's default is a root that can be written to.
  if (boolean(value, field)) draft.root = "read-only";
};

export const volumes: KeyConverter = (value, draft, service, field) => {
  for (const [index, item] of list(value).entries()) {
    const place = `${field}[${index}]`;
    if (typeof item === "object") longSyntax(item, draft, service, place);
    else mount(shortSyntax(item, place, service), draft, service, place);
  }
};

/** Modes of the short syntax that change nothing here: SELinux labels, and what Docker does on other systems. */
const SILENT_MODES = ["rw", "z", "Z", "cached", "delegated", "consistent", "rslave", "rprivate", "private"];

/** `[source:]target[:mode]`. Source: Compose specification, volumes, short syntax. */
function shortSyntax(value: unknown, field: string, service: Service): Mount {
  const [first = "", second, modes = "", ...more] = text(value, field).split(":");
  if (first === "" || more.length > 0) throw invalidCompose(field, value, "[source:]target[:mode]");
  if (second === undefined) return { source: undefined, target: first, readOnly: false, copy: true };
  const written = modes.split(",").filter((mode) => mode !== "");
  for (const mode of written)
    if (mode !== "ro" && mode !== "nocopy" && !SILENT_MODES.includes(mode))
      service.leaveOut(field, `a mount has no mode ${mode}`);
  return { source: first, target: second, readOnly: written.includes("ro"), copy: !written.includes("nocopy") };
}

function longSyntax(value: unknown, draft: Draft, service: Service, field: string): void {
  const { type, source, target, read_only = false, consistency, ...others } = mapping(value, field);
  void consistency;
  const place = { target: text(target, `${field}.target`), readOnly: boolean(read_only, `${field}.read_only`) };
  const leaveOthers = (known: readonly string[]) => {
    for (const key of Object.keys(others))
      if (!known.includes(key)) service.leaveOut(`${field}.${key}`, "a mount has no such setting");
  };
  switch (type) {
    case "volume":
    case "bind": {
      leaveOthers(["volume", "bind"]);
      const { nocopy = false, ...more } = mapping(others.volume, `${field}.volume`);
      for (const key of Object.keys(more)) service.leaveOut(`${field}.volume.${key}`, "a volume is mounted as a whole");
      mount(
        {
          ...place,
          copy: !boolean(nocopy, `${field}.volume.nocopy`),
          source: source === undefined ? undefined : text(source, `${field}.source`),
        },
        draft,
        service,
        field,
      );
      return;
    }
    case "tmpfs": {
      leaveOthers(["tmpfs"]);
      const { size, mode } = mapping(others.tmpfs, `${field}.tmpfs`);
      addTmpfs(draft, {
        path: place.target,
        ...(size === undefined ? {} : { size: composeBytes(size, `${field}.tmpfs.size`) }),
        ...(mode === undefined ? {} : { mode: octal(mode, `${field}.tmpfs.mode`) }),
      });
      return;
    }
    default:
      service.leaveOut(field, `mounts of the type ${String(type)} are not in this version`);
  }
}

function mount({ source, target, readOnly, copy }: Mount, draft: Draft, service: Service, field: string): void {
  if (source !== undefined && /^[.~/]/.test(source)) {
    hostPath({ source, path: target, readOnly }, draft, service, field);
    return;
  }
  // Without a source it is a volume of the service's own, which Compose names by a random number.
  const name = source === undefined ? labelOf(`${service.name}-${target}`) : service.project.volume(source, field);
  if (name === undefined) throw invalidCompose(field, source, "a volume's name");
  const volume = { name, path: target, ...(readOnly ? { readOnly } : {}), ...(copy ? {} : { copy }) };
  draft.volumes = [...(draft.volumes ?? []), volume];
}

/** The device takes it where its policy names a folder it lies in. Compose mounts to be written to, a manifest to be read. */
function hostPath(mount: NonNullable<Draft["mounts"]>[number], draft: Draft, service: Service, field: string): void {
  const { source } = mount;
  if (!source.startsWith("/"))
    service.leaveOut(field, `${source} lies beside the compose file, and a device has no such folder`);
  else if (source.endsWith("/docker.sock")) service.leaveOut(field, "a device has no Docker");
  else draft.mounts = [...(draft.mounts ?? []), mount];
}

/** Small files whose content stands in the compose file itself. */
export const configs: KeyConverter = (value, draft, service, field) => {
  for (const [index, item] of list(value).entries()) {
    const place = `${field}[${index}]`;
    const { source, target, mode, uid, gid } = typeof item === "string" ? { source: item } : mapping(item, place);
    const name = text(source, `${place}.source`);
    const content = service.project.config(name, place);
    if (content === undefined) {
      service.leaveOut(place, `the content of ${name} does not stand in the file`);
      continue;
    }
    const owner = uid === undefined && gid === undefined ? {} : { owner: `${uid ?? 0}:${gid ?? 0}` };
    const path = target === undefined ? `/${name}` : text(target, `${place}.target`);
    const file = { path, content, ...(mode === undefined ? {} : { mode: octal(mode, `${place}.mode`) }), ...owner };
    draft.files = [...(draft.files ?? []), file];
  }
};

/** `path[:options]`. Source: Compose specification, tmpfs; the options are tmpfs(5)'s. */
export const tmpfs: KeyConverter = (value, draft, service, field) => {
  for (const [index, item] of texts(value, field).entries()) {
    const [path = "", options = ""] = item.split(":");
    const entry: NonNullable<Draft["tmpfs"]>[number] = { path };
    for (const option of options.split(",").filter((part) => part !== "")) {
      const [name, amount = ""] = option.split("=");
      if (name === "size") entry.size = composeBytes(amount, `${field}[${index}]`);
      else if (name === "mode") entry.mode = amount.replace(/^0+(?=\d{3})/, "");
      else if (!["nosuid", "nodev", "noexec", "rw"].includes(option))
        service.leaveOut(`${field}[${index}]`, `a tmpfs has no option ${option}`);
    }
    addTmpfs(draft, entry);
  }
};

function addTmpfs(draft: Draft, entry: NonNullable<Draft["tmpfs"]>[number]): void {
  draft.tmpfs = [...(draft.tmpfs ?? []), entry];
}

/** YAML 1.2 reads `0o1777` and `1777` as different numbers; the file means octal digits where it looks like them. */
function octal(value: unknown, field: string): string {
  if (typeof value === "string" && /^0?[0-7]{3,4}$/.test(value)) return value.replace(/^0(?=[0-7]{3})/, "");
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0o7777)
    return value.toString(8).padStart(3, "0");
  throw invalidCompose(field, value, "an octal mode, such as 0o1777");
}
