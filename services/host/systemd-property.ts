/**
 * A property of a unit as plain data: its name, its D-Bus type and its value. Plain so that what decides about units
 * needs no D-Bus, and so that it can be written to a file. Source: org.freedesktop.systemd1(5).
 */
export type UnitProperty = { readonly name: string } & UnitValue;

export type UnitValue =
  | { readonly type: "s"; readonly value: string }
  | { readonly type: "b"; readonly value: boolean }
  /** 32 bits, signed and unsigned. */
  | { readonly type: "i" | "u"; readonly value: number }
  /** 64 bits unsigned: bytes, microseconds. */
  | { readonly type: "t"; readonly value: number }
  /** Amounts by the path of a device, or of a file or directory on it. */
  | { readonly type: "a(st)"; readonly value: readonly { readonly path: string; readonly most: number }[] }
  | { readonly type: "as"; readonly value: readonly string[] }
  | { readonly type: "a(ss)"; readonly value: readonly (readonly [string, string])[] }
  /** Bind mounts: source, destination, whether a missing source is passed over, and mount(2)'s flags. */
  | { readonly type: "a(ssbt)"; readonly value: readonly (readonly [string, string, boolean, number])[] }
  /** Files to open: path, name, and flags. */
  | { readonly type: "a(sst)"; readonly value: readonly (readonly [string, string, number])[] }
  /** A list, and whether it is what is allowed. */
  | { readonly type: "(bas)"; readonly value: readonly [boolean, readonly string[]] }
  /** Commands; `mayFail` is the `-` of a unit file. */
  | { readonly type: "a(sasb)"; readonly value: readonly UnitCommand[] };

/** A command of a unit. The path must be absolute; `argv` begins with the program's name. */
export interface UnitCommand {
  readonly path: string;
  readonly argv: readonly string[];
  readonly mayFail?: boolean;
}

const UNIT_PATH = "/org/freedesktop/systemd1/unit/";

/** The object path of a unit: whatever is not a letter or digit becomes `_` and its code (systemd's bus_label_escape). */
export function unitPath(unit: string): string {
  let label = "";
  for (const [index, byte] of [...new TextEncoder().encode(unit)].entries()) {
    const char = String.fromCharCode(byte);
    const plain = /[A-Za-z]/.test(char) || (index > 0 && /[0-9]/.test(char));
    label += plain ? char : `_${byte.toString(16).padStart(2, "0")}`;
  }
  return UNIT_PATH + label;
}

/** The unit an object path names, or undefined when it names none. */
export function unitOfPath(path: string): string | undefined {
  if (!path.startsWith(UNIT_PATH)) return undefined;
  return path
    .slice(UNIT_PATH.length)
    .replace(/_([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
