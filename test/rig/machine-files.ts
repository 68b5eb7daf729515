import { copyFileSync, linkSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../image/command.ts";
import type { ComposedImage } from "../../image/compose.ts";
import { writeFatImage } from "./fat.ts";
import { rigFolder } from "./rig-folder.ts";

/** The label by which a device knows the drive with its first-boot configuration. */
const CONFIG_LABEL = "BERTHCONFIG";

/** What a machine keeps on the host. */
export interface MachineFiles {
  readonly folder: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly cmdline: string;
  /** The machine's own disk: what differs from the image. */
  readonly disk: string;
  readonly consoleLog: string;
  /** QEMU's own messages. */
  readonly qemuLog: string;
  /** A short path, since a unix socket's may not exceed 107 bytes. */
  readonly sockets: string;
}

/** Lays out a machine that has never been booted. */
export async function layOutMachine(name: string, image: ComposedImage, size: string): Promise<MachineFiles> {
  const folder = rigFolder(name);
  const files: MachineFiles = {
    folder,
    kernel: join(folder, "vmlinuz"),
    initrd: join(folder, "initrd.img"),
    cmdline: readFileSync(image.cmdline, "utf8").trim(),
    disk: join(folder, "disk.qcow2"),
    consoleLog: join(folder, "console.log"),
    qemuLog: join(folder, "qemu.log"),
    sockets: mkdtempSync(join(tmpdir(), "berth-")),
  };
  // The image may be composed anew while this machine lives: it stays with the one it was made from.
  const backing = join(folder, "image.img");
  linkSync(image.disk, backing);
  copyFileSync(image.kernel, files.kernel);
  copyFileSync(image.initrd, files.initrd);
  await run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", backing, "-F", "raw", files.disk, size]);
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
  for (const name of ["disk.qcow2", "image.img", "config.img", "vmlinuz", "initrd.img"]) {
    rmSync(join(files.folder, name), { force: true });
  }
  rmSync(files.sockets, { recursive: true, force: true });
}
