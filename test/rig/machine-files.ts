import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../image/command.ts";
import type { Acceleration } from "./acceleration.ts";
import { writeToDisk } from "./disk-file.ts";
import { writeFatImage } from "./fat.ts";
import { firmwareFor } from "./firmware.ts";
import type { MachineImage } from "./machine-image.ts";
import { rigFolder } from "./rig-folder.ts";

/** The label by which a device knows the drive with its first-boot configuration. */
const CONFIG_LABEL = "BERTHCONFIG";

/** What a machine keeps on the host. */
export interface MachineFiles {
  readonly folder: string;
  /** The firmware's program. */
  readonly firmware: string;
  /** The machine's own store of UEFI variables. */
  readonly variables: string;
  /** The machine's own disk, a sparse raw image. */
  readonly disk: string;
  readonly consoleLog: string;
  /** QEMU's own messages. */
  readonly qemuLog: string;
  /** A short path, since a unix socket's may not exceed 107 bytes. */
  readonly sockets: string;
}

/** Lays out a machine that has never been booted, its disk being `size` bytes large. */
export async function layOutMachine(
  name: string,
  image: MachineImage,
  acceleration: Acceleration,
  size: number,
): Promise<MachineFiles> {
  const folder = rigFolder(name);
  const { code, variables } = firmwareFor(image.arch);
  const files: MachineFiles = {
    folder,
    firmware: code,
    variables: join(folder, "variables.fd"),
    disk: join(folder, "disk.img"),
    consoleLog: join(folder, "console.log"),
    qemuLog: join(folder, "qemu.log"),
    sockets: mkdtempSync(join(tmpdir(), "berth-")),
  };
  copyFileSync(variables, files.variables);
  await run(["cp", "--reflink=auto", "--sparse=always", image.disk, files.disk]);
  if (statSync(files.disk).size > size) throw new Error(`${image.disk} is larger than the machine's disk (${size} B)`);
  truncateSync(files.disk, size);
  if (acceleration.kernelArguments !== "") {
    const script = `set extra="${acceleration.kernelArguments}"\n`;
    await writeToDisk(files.disk, "esp", "EFI/BOOT/development.cfg", script);
  }
  return files;
}

/** Writes the configuration drive and returns its path. */
export async function writeConfigDrive(
  files: MachineFiles,
  content: Readonly<Record<string, string>>,
): Promise<string> {
  const path = join(files.folder, "config.img");
  await writeFatImage(path, CONFIG_LABEL, content);
  return path;
}

/** Removes what a machine has no use for once it is gone; its logs stay. */
export function clearMachine(files: MachineFiles): void {
  for (const name of ["disk.img", "variables.fd", "config.img"]) {
    rmSync(join(files.folder, name), { force: true });
  }
  rmSync(files.sockets, { recursive: true, force: true });
}
