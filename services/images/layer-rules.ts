import { plainName } from "./implied-directories.ts";
import { TarError, type TarHeader } from "./tar-header.ts";

/** Bounds of Linux on names (limits.h, path_resolution(7)) and on extended attributes (xattr(7)), in bytes. */
const PATH_LIMIT = 4095;
const NAME_LIMIT = 255;
const ATTRIBUTE_NAME_LIMIT = 255;
/** All of an entry's attributes, names and values: EROFS keeps them together. */
const ATTRIBUTES_LIMIT = 32 * 1024;
/** More entries than any layer has; beyond it somebody is after our memory. */
const ENTRY_LIMIT = 1_000_000;

/**
 * Character devices that images carry in /dev for other engines' sake, by major and minor number: null, zero, full, random,
 * urandom; tty, console, ptmx. Source: Linux' devices.txt. A container has its own /dev above them.
 */
const HARMLESS_DEVICES: Readonly<Record<number, readonly number[]>> = { 1: [3, 5, 7, 8, 9], 5: [0, 1, 2] };

/** What a layer's entries must be like, though their archive can be read. */
export class LayerRules {
  #entries = 0;

  /** Throws {@link TarError} for an entry that no layer needs. */
  check(entry: TarHeader): void {
    this.#entries++;
    if (this.#entries > ENTRY_LIMIT) throw new TarError(`it has more than ${ENTRY_LIMIT} entries`);
    checkPath(entry.name, "a name");
    if (entry.type === "1" || entry.type === "2") checkPath(entry.link, "a link's target");
    // A hard link is resolved here, a symbolic one in the container.
    if (entry.type === "1") plainName(entry.link);
    if (entry.type === "3" || entry.type === "4") checkDevice(entry);
    checkAttributes(entry);
  }
}

function checkPath(path: string, what: string): void {
  if (path.includes("\0")) throw new TarError(`${what} in it holds a zero byte`);
  if (path.length > PATH_LIMIT) throw new TarError(`${what} in it has more than ${PATH_LIMIT} bytes`);
  if (path.split("/").some((part) => part.length > NAME_LIMIT))
    throw new TarError(`${what} in it has a part of more than ${NAME_LIMIT} bytes`);
}

function checkDevice({ name, type, device: { major, minor } }: TarHeader): void {
  if (type === "3" && HARMLESS_DEVICES[major]?.includes(minor) === true) return;
  const kind = type === "3" ? "character" : "block";
  throw new TarError(`${JSON.stringify(name)} is the ${kind} device ${major}:${minor}`);
}

function checkAttributes({ name, attributes }: TarHeader): void {
  let total = 0;
  for (const [attribute, size] of attributes) {
    total += attribute.length + size;
    if (attribute.length > ATTRIBUTE_NAME_LIMIT || total > ATTRIBUTES_LIMIT)
      throw new TarError(`${JSON.stringify(name)} has extended attributes that are too large`);
    if (attribute.startsWith("trusted.overlay."))
      throw new TarError(
        `${JSON.stringify(name)} has an attribute that is overlayfs' own: ${JSON.stringify(attribute)}`,
      );
  }
}
