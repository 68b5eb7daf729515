import { z } from "zod";
import { mustRun } from "../host/command.ts";
import { ReasonError } from "../model/reason.ts";

/** A block device as lsblk(8) tells of it, with what lies on it: partitions, volumes, mappings. */
export interface BlockDevice {
  readonly path: string;
  /** `disk`, `part`, `loop`, `crypt`, `lvm`, … */
  readonly type: string;
  readonly size: number;
  readonly vendor: string | null;
  readonly model: string | null;
  /** How it is attached: `usb`, `nvme`, `sata`, `mmc`, … */
  readonly tran: string | null;
  /** Its medium can be taken out. */
  readonly rm: boolean;
  /** It can be taken out whole. */
  readonly hotplug: boolean;
  /** It refuses writes. */
  readonly ro: boolean;
  readonly fstype: string | null;
  readonly label: string | null;
  readonly partlabel: string | null;
  /** Where it is mounted; `[SWAP]` for swap. lsblk writes null for nowhere. */
  readonly mountpoints: readonly (string | null)[];
  readonly children?: readonly BlockDevice[] | undefined;
}

const Text = z.string().nullable();

const Device: z.ZodType<BlockDevice> = z.object({
  path: z.string(),
  type: z.string(),
  size: z.number(),
  vendor: Text,
  model: Text,
  tran: Text,
  rm: z.boolean(),
  hotplug: z.boolean(),
  ro: z.boolean(),
  fstype: Text,
  label: Text,
  partlabel: Text,
  mountpoints: z.array(Text),
  get children() {
    return z.array(Device).optional();
  },
});

const Listing = z.object({ blockdevices: z.array(Device) });

const COLUMNS = "PATH,TYPE,SIZE,VENDOR,MODEL,TRAN,RM,HOTPLUG,RO,FSTYPE,LABEL,PARTLABEL,MOUNTPOINTS";

/** The machine's block devices, each with what lies on it. Needs util-linux 2.37 or later. */
export async function listDisks(): Promise<readonly BlockDevice[]> {
  return parseDisks(
    await mustRun(["lsblk", "--json", "--bytes", "--output", COLUMNS], { outputLimit: 4 * 1024 * 1024 }),
  );
}

/** Reads what `lsblk --json --bytes` printed. Throws `command-failed` when it is something else. */
export function parseDisks(text: string): readonly BlockDevice[] {
  try {
    return Listing.parse(JSON.parse(text)).blockdevices;
  } catch (cause) {
    throw new ReasonError(
      {
        code: "command-failed",
        message: "lsblk's list of disks is not as expected",
        allowed: "util-linux 2.37 or later",
      },
      { cause },
    );
  }
}
