import { formatBytes } from "../model/format-bytes.ts";
import type { Reason } from "../model/reason.ts";
import type { BlockDevice } from "./lsblk.ts";

/** What an image is to be written to, as it was found. `path` is the real one, with no link in it. */
export type FoundTarget =
  | { readonly kind: "file"; readonly path: string; readonly size: number }
  | { readonly kind: "device"; readonly path: string }
  | { readonly kind: "missing" | "other"; readonly path: string };

/** What a decision is made from. */
export interface FlashRequest {
  readonly target: FoundTarget;
  readonly disks: readonly BlockDevice[];
  /** Bytes of the whole image. */
  readonly imageSize: number;
  readonly force: boolean;
}

/** Whether an image may be written, and what a person is shown before. */
export interface FlashPlan {
  /** Why not; empty when it may be written. */
  readonly refusals: readonly Reason[];
  /** What a person types to say that it is the right one, such as `sdb`. */
  readonly name: string;
  /** The target and what is on it now, a line each. */
  readonly description: readonly string[];
}

const WHOLE = new Set(["disk", "loop"]);

/** Decides whether an image may be written to a target. */
export function planFlash(request: FlashRequest): FlashPlan {
  const { target } = request;
  const name = target.path.slice(target.path.lastIndexOf("/") + 1);
  switch (target.kind) {
    case "missing":
      return { name, description: [], refusals: [refuse("target-missing", `${target.path} is not there`, KINDS)] };
    case "other":
      return { name, description: [], refusals: [refuse("target-not-a-disk", `${target.path} is no disk`, KINDS)] };
    case "file":
      return { name, refusals: [], description: [`${target.path}: a file of ${formatBytes(target.size)}`] };
    case "device": {
      const [device, ...parents] = find(request.disks, target.path) ?? [];
      if (device === undefined) {
        return {
          name,
          description: [],
          refusals: [refuse("target-not-a-disk", `lsblk knows no ${target.path}`, KINDS)],
        };
      }
      return { name, description: describe(device), refusals: judge(device, parents.at(-1), request) };
    }
  }
}

const KINDS = "a whole disk such as /dev/sdb, or an existing regular file";

function refuse(code: string, message: string, allowed: string): Reason {
  return { code, message, allowed };
}

function judge(device: BlockDevice, disk: BlockDevice | undefined, { imageSize, force }: FlashRequest): Reason[] {
  const { path, size } = device;
  if (!WHOLE.has(device.type)) {
    const whole = disk === undefined ? "a whole disk" : `the whole disk, ${disk.path}`;
    return [refuse("target-not-a-disk", `${path} is no whole disk (${device.type})`, whole)];
  }
  if (size === 0) return [refuse("target-missing", `${path} holds no medium`, "a reader with a card in it")];
  const refusals = inUse(device);
  if (device.ro) refusals.push(refuse("target-read-only", `${path} refuses writes`, "a card without its lock set"));
  if (size < imageSize) {
    const message = `${path} has ${size} B, the image needs ${imageSize} B`;
    refusals.push(refuse("target-too-small", message, `at least ${formatBytes(imageSize)}`));
  }
  if (!device.rm && !device.hotplug && !force) {
    const message = `${path} is built in, as far as the system knows: it may hold what this machine needs`;
    refusals.push(refuse("target-not-removable", message, "a removable disk, or --force"));
  }
  return refusals;
}

/** Why a disk is in use. --force does not help: there is nothing to gain but a broken system. */
function inUse(disk: BlockDevice): Reason[] {
  const uses = withChildren(disk).flatMap(({ path, mountpoints }) =>
    mountpoints.flatMap((place) => (place === null ? [] : [{ path, place }])),
  );
  const vital = uses.filter(({ place }) => place === "/" || place === "[SWAP]");
  if (vital.length > 0) {
    const what = vital.map(({ place }) => (place === "/" ? "the running system's /" : "its swap")).join(" and ");
    return [refuse("target-in-use", `${disk.path} holds ${what}`, "another disk")];
  }
  return uses.map(({ path, place }) =>
    refuse("target-in-use", `${path} is mounted at ${place}`, `a disk nothing of which is mounted: umount ${path}`),
  );
}

function describe(disk: BlockDevice): string[] {
  // Virtual disks have a PCI number for a vendor.
  const made = [disk.vendor, disk.model].map((word) => word?.trim() ?? "").filter((word) => !/^(0x.*)?$/.test(word));
  const kind = [disk.tran ?? disk.type, disk.rm || disk.hotplug ? "removable" : "built in"].join(", ");
  const head = `${disk.path}: ${made.length === 0 ? "unnamed" : made.join(" ")}, ${formatBytes(disk.size)} (${kind})`;
  const content = withChildren(disk).filter((part) => part !== disk || isUsed(part));
  if (content.length === 0) return [head, "  nothing known is on it"];
  return [head, ...content.map((part) => `  ${part.path}: ${partWords(part)}`)];
}

function isUsed({ fstype, mountpoints }: BlockDevice): boolean {
  return fstype !== null || mountpoints.some((place) => place !== null);
}

function partWords({ size, fstype, label, partlabel, mountpoints }: BlockDevice): string {
  const names = [...new Set([label, partlabel])].filter((name) => name !== null && name !== "");
  const places = mountpoints.filter((place) => place !== null);
  return [
    formatBytes(size),
    fstype ?? "no known file system",
    ...names.map((name) => JSON.stringify(name)),
    ...places.map((place) => `in use: ${place}`),
  ].join(", ");
}

function withChildren(device: BlockDevice): BlockDevice[] {
  return [device, ...(device.children ?? []).flatMap(withChildren)];
}

/** The device at a path, then what it lies on, up to the whole disk. */
function find(devices: readonly BlockDevice[], path: string): BlockDevice[] | undefined {
  for (const device of devices) {
    if (device.path === path) return [device];
    const below = find(device.children ?? [], path);
    if (below !== undefined) return [...below, device];
  }
  return undefined;
}
