import { ARCHITECTURES, type Architecture } from "../../image/architecture.ts";
import type { Acceleration } from "./acceleration.ts";

/** A TCP port of the guest, reached on a loopback port of the host. */
export interface Forward {
  readonly host: number;
  readonly guest: number;
}

/** All that QEMU has to be told for one boot of a machine. */
export interface QemuOptions {
  readonly arch: Architecture;
  readonly acceleration: Acceleration;
  readonly cpus: number;
  /** In MiB. */
  readonly memory: number;
  /** The firmware's program, and the machine's own store of UEFI variables. */
  readonly firmware: string;
  readonly variables: string;
  readonly disk: string;
  readonly configDrive: string | undefined;
  readonly forwards: readonly Forward[];
  readonly consoleSocket: string;
  readonly consoleLog: string;
  readonly monitorSocket: string;
  readonly agentSocket: string;
}

/** The names under which the monitor knows the network's two ends. */
export const NETDEV = "net0";
export const NIC = "nic0";

/** Each architecture's machine. On x86-64 without what an appliance has no use for and firmware would look through. */
const MACHINES: Readonly<Record<Architecture, string>> = {
  x86_64: "q35,sata=off,smbus=off,vmport=off,i8042=off",
  aarch64: "virt,virtualization=on,gic-version=3",
};

/** QEMU's command line. */
export function qemuArgv(options: QemuOptions): string[] {
  const { arch, acceleration, configDrive } = options;
  const forwards = options.forwards.map((forward) => `,hostfwd=${forwardRule(forward)}`).join("");
  return [
    ARCHITECTURES[arch].qemu,
    ...["-M", MACHINES[arch], ...acceleration.argv],
    ...["-smp", `${options.cpus}`, "-m", `${options.memory}`],
    // A reset ends QEMU and the rig starts it anew: under emulation a warm reset made all that
    // followed three times slower (QEMU 7.2, memory full of code that had been translated).
    "-no-reboot",
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    ...["-drive", `file=${options.firmware},format=raw,if=pflash,unit=0,readonly=on`],
    ...["-drive", `file=${options.variables},format=raw,if=pflash,unit=1`],
    ...["-drive", `file=${options.disk},format=raw,if=none,id=disk,cache=writeback,discard=unmap`],
    ...["-device", "virtio-blk-pci,drive=disk,serial=disk,bootindex=0"],
    ...(configDrive === undefined ? [] : driveArgv(configDrive)),
    ...["-netdev", `user,id=${NETDEV}${forwards}`],
    ...["-device", `virtio-net-pci,id=${NIC},netdev=${NETDEV},romfile=`],
    ...["-device", "virtio-rng-pci"],
    ...["-chardev", `${serverSocket("console", options.consoleSocket)},logfile=${options.consoleLog},logappend=on`],
    ...["-serial", "chardev:console"],
    ...["-chardev", serverSocket("agent", options.agentSocket)],
    ...["-device", "virtio-serial-pci"],
    ...["-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"],
    ...["-qmp", `unix:${options.monitorSocket},server=on,wait=off`],
  ];
}

/** A forward in QEMU's words, the same on its command line and in its monitor. */
export function forwardRule({ host, guest }: Forward): string {
  return `tcp:127.0.0.1:${host}-:${guest}`;
}

function driveArgv(path: string): string[] {
  return [
    ...["-drive", `file=${path},format=raw,if=none,id=config,readonly=on`],
    ...["-device", "virtio-blk-pci,drive=config,serial=config"],
  ];
}

function serverSocket(id: string, path: string): string {
  return `socket,id=${id},path=${path},server=on,wait=off`;
}
