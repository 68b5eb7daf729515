import { execFileSync } from "node:child_process";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import type { GuestFiles } from "../../image/guest/guest.ts";
import { type Child, endChild, hasEnded, startChild } from "./child.ts";
import { type Stoppable, stopAtExit, stopped } from "./cleanup.ts";
import { GuestLink } from "./guest-link.ts";
import { clockArguments } from "./host-clock.ts";
import { freePort } from "./port.ts";
import { rigFolder } from "./rig-folder.ts";
import { waitFor, within } from "./wait.ts";

/** What a micro-VM is started with. */
export interface MicroVmOptions {
  readonly name: string;
  /** How QEMU is run on this host. */
  readonly qemu: readonly string[];
  readonly guest: GuestFiles;
  /** EROFS files, topmost first. */
  readonly layers: readonly string[];
  /** An EROFS file with the bundle. */
  readonly bundle: string;
  /** In MiB; 256 by default. */
  readonly memory?: number;
  /** Folders of the host, by their tag. */
  readonly volumes?: Readonly<Record<string, string>>;
  /** A TCP port of the guest to be reached from the host. */
  readonly port?: number;
  /** More of the kernel's command line. */
  readonly kernelArguments?: string;
}

const RESULT_SIZE = 4096;
/** Emulation is slow, and slower beside another machine. */
const PATIENCE = 120_000;

/** A micro-VM started by hand, as the guest's first process expects it: emulated, on QEMU's own network. */
export class MicroVm implements Stoppable {
  private constructor(
    readonly folder: string,
    /** The host's loopback port for the guest's, where one is forwarded. */
    readonly port: number,
    readonly qemu: Child,
  ) {}

  static async start(options: MicroVmOptions): Promise<MicroVm> {
    const folder = rigFolder(options.name);
    const port = await freePort();
    writeFileSync(join(folder, "result"), "");
    truncateSync(join(folder, "result"), RESULT_SIZE);
    execFileSync("mkfifo", [join(folder, "control")]);
    const vm = new MicroVm(folder, port, startChild(qemuArguments(options, folder, port), join(folder, "qemu.log")));
    stopAtExit(vm);
    return vm;
  }

  get stdout(): string {
    return this.#read("stdout");
  }

  get stderr(): string {
    return this.#read("stderr");
  }

  /** What the kernel and the first process said. */
  get console(): string {
    return this.#read("console.log");
  }

  /** Waits for the machine's end, and gives what the guest says of it: empty when it died. */
  async result(): Promise<string> {
    await within(`The micro-VM's end (${this.folder})`, PATIENCE, this.qemu.ended);
    const text = this.#read("result");
    return text.slice(0, text.indexOf("\0"));
  }

  /** Waits until an output has a text. */
  async says(text: string, output: "stdout" | "stderr" = "stdout"): Promise<void> {
    await waitFor(`${JSON.stringify(text)} on ${output} (${this.folder})`, PATIENCE, () => {
      if (hasEnded(this.qemu) && !this[output].includes(text))
        throw new Error(`the machine has ended; ${this.console}`);
      return this[output].includes(text);
    });
  }

  /** Writes to its control port, as a unit's stop command does. */
  control(text: string): void {
    writeFileSync(join(this.folder, "control"), text, { flag: "a" });
  }

  /** Connects to its agent. Only one connection at a time is served. */
  async link(): Promise<GuestLink> {
    const socket = await waitFor("The agent's socket", PATIENCE, () => {
      const connection = createConnection(join(this.folder, "agent"));
      return new Promise<typeof connection>((resolve, reject) => {
        connection.once("connect", () => resolve(connection));
        connection.once("error", reject);
      });
    });
    return new GuestLink(socket);
  }

  async stop(): Promise<void> {
    stopped(this);
    await endChild(this.qemu);
  }

  #read(name: string): string {
    try {
      return readFileSync(join(this.folder, name), "latin1");
    } catch {
      return "";
    }
  }
}

function qemuArguments(options: MicroVmOptions, folder: string, port: number): string[] {
  const { qemu, guest, layers, bundle, memory = 256, volumes = {}, kernelArguments = "" } = options;
  const disk = (serial: string, file: string, readOnly: boolean) => [
    "-drive",
    `if=none,id=${serial},format=raw,file=${file},read-only=${readOnly ? "on" : "off"}`,
    "-device",
    `virtio-blk-device,drive=${serial},serial=${serial}`,
  ];
  const serialPort = (name: string, chardev: string) => [
    "-chardev",
    `${chardev},id=${name}`,
    "-device",
    `virtserialport,chardev=${name},name=berth.${name}`,
  ];
  const volume = ([tag, path]: readonly [string, string]) => [
    "-fsdev",
    `local,id=${tag},path=${path},security_model=passthrough`,
    "-device",
    `virtio-9p-device,fsdev=${tag},mount_tag=${tag}`,
  ];
  const forward = options.port === undefined ? "" : `,hostfwd=tcp:127.0.0.1:${port}-10.0.2.15:${options.port}`;
  const append = `console=ttyS0 quiet panic=-1 reboot=t berth.layers=${layers.length} ${clockArguments()} ${kernelArguments}`;
  return [
    ...qemu,
    // Without the old interrupt controller: what it holds back from the firmware's time can end a kernel that starts by PVH.
    // Without the old interrupt controller: an interrupt it kept from before the kernel ran can end one that starts by PVH.
    ...["-M", "microvm,pic=off", "-accel", "tcg,thread=multi", "-cpu", "max,-la57", "-m", `${memory}`],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-serial", `file:${join(folder, "console.log")}`],
    ...["-kernel", guest.kernel, "-initrd", guest.initramfs, "-append", append],
    ...layers.flatMap((file, index) => disk(`layer${index}`, file, true)),
    ...disk("bundle", bundle, true),
    ...disk("result", join(folder, "result"), false),
    ...["-device", "virtio-serial-device"],
    ...serialPort("stdout", `file,path=${join(folder, "stdout")}`),
    ...serialPort("stderr", `file,path=${join(folder, "stderr")}`),
    ...serialPort("control", `pipe,path=${join(folder, "control")}`),
    ...serialPort("agent", `socket,path=${join(folder, "agent")},server=on,wait=off`),
    ...["-device", "virtio-rng-device"],
    ...["-netdev", `user,id=net${forward}`, "-device", "virtio-net-device,netdev=net"],
    ...Object.entries(volumes).flatMap(volume),
  ];
}
