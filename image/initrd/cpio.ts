/** A file, folder, device or link of an initrd. */
export type CpioEntry =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly data: Uint8Array; readonly mode: number }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "device"; readonly path: string; readonly major: number; readonly minor: number };

const TRAILER = "TRAILER!!!";
const S_IFCHR = 0o020000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

/** Packs entries into the kernel's initramfs format ("newc"): owned by root, dated 0, so the same every time. */
export function packCpio(entries: readonly CpioEntry[]): Uint8Array {
  const chunks = entries.flatMap((entry, index) => record(entry, index + 1));
  chunks.push(...header(TRAILER, 0, 0, new Uint8Array(), 0, 0));
  return Buffer.concat(chunks);
}

function record(entry: CpioEntry, inode: number): Uint8Array[] {
  switch (entry.kind) {
    case "folder":
      return header(entry.path, inode, S_IFDIR | 0o755, new Uint8Array(), 0, 0);
    case "file":
      return header(entry.path, inode, S_IFREG | entry.mode, entry.data, 0, 0);
    case "link":
      return header(entry.path, inode, S_IFLNK | 0o777, Buffer.from(entry.target), 0, 0);
    case "device":
      return header(entry.path, inode, S_IFCHR | 0o600, new Uint8Array(), entry.major, entry.minor);
  }
}

function header(
  path: string,
  inode: number,
  mode: number,
  data: Uint8Array,
  major: number,
  minor: number,
): Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  const links = mode === 0 ? 1 : 1 + Number((mode & S_IFDIR) !== 0);
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, major, minor, name.length, 0];
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  return [...padded(Buffer.concat([Buffer.from(text), name])), ...padded(data)];
}

function padded(data: Uint8Array): Uint8Array[] {
  return [data, new Uint8Array((4 - (data.length % 4)) % 4)];
}
