import type { LinkSettings } from "../../network/network.ts";
import { Descriptors } from "./descriptors.ts";
import { kernelArguments } from "./kernel-arguments.ts";
import type { GuestShape } from "./machine.ts";
import type { ProcessorClock } from "./processor-clock.ts";

/** All that QEMU is told of a guest. */
export interface GuestOptions {
  readonly architecture: "x64" | "arm64";
  readonly shape: GuestShape;
  readonly clock: ProcessorClock | undefined;
  /** Folder of the guests' kernel and initramfs. */
  readonly boot: string;
  /** EROFS files of the image's layers, topmost first. */
  readonly layers: readonly string[];
  /** Made for this start: what the guest is to run. */
  readonly bundle: string;
  /** Where it notes how the workload ended. */
  readonly result: string;
  readonly pipes: { readonly stdout: string; readonly stderr: string; readonly control: string };
  /** Where QEMU sees the folder it makes the agent's socket in. */
  readonly agentFolder: string;
  /** Its end of the bridge; undefined without a network. */
  readonly link: Pick<LinkSettings, "name" | "hardwareAddress"> | undefined;
  readonly volumes: readonly GuestVolume[];
}

/** A folder the guest has as a 9p file system. */
export interface GuestVolume {
  readonly tag: string;
  /** Where QEMU sees it. */
  readonly path: string;
  readonly readOnly: boolean;
}

/** The name of the agent's socket in its folder. */
export const AGENT_SOCKET = "agent";

/** The most devices a guest has beside its layers and volumes: bundle, result, network, serial ports, random numbers. */
const OTHER_DEVICES = 5;
/** QEMU's microvm with its second interrupt controller has 24 places for devices, virt has 32. */
const PLACES = 24;

/** How many layers and volumes fit a guest. */
export const MOST_DISKS = PLACES - OTHER_DEVICES;

const QEMU = { x64: "qemu-system-x86_64", arm64: "qemu-system-aarch64" } as const;

/**
 * Without what a guest would only look for. With the old interrupt controller a kernel now and then got an interrupt that it did
 * not know, and panicked. Emulated, it finds its clock by the old timer.
 */
const MACHINE = {
  x64: (emulated: boolean) =>
    `microvm,acpi=on,ioapic2=on,pcie=off,usb=off,rtc=on,isa-serial=on,pic=off,pit=${emulated ? "on" : "off"}`,
  arm64: () => "virt,gic-version=max",
} as const;

/**
 * QEMU's command line (qemu(1)) and the files it is given open: it finds none of them by name. No guest has a guest of its own.
 */
export function qemuCommand(options: GuestOptions): { readonly argv: string[]; readonly opened: Descriptors } {
  const { architecture, shape, boot, layers, link, volumes, pipes } = options;
  const opened = new Descriptors();
  const inherited = (path: string, how: "read-only" | "read-write") => `/proc/self/fd/${opened.add(path, how)}`;
  const set = (path: string, how: "read-only" | "read-write") => {
    const descriptor = opened.add(path, how);
    return { file: `/dev/fdset/${descriptor}`, argv: ["-add-fd", `fd=${descriptor},set=${descriptor}`] };
  };
  const disk = (name: string, path: string, how: "read-only" | "read-write") => {
    const { file, argv } = set(path, how);
    const node = `driver=raw,node-name=${name},read-only=${how === "read-only" ? "on" : "off"}`;
    return [
      ...argv,
      ...["-blockdev", `${node},file.driver=file,file.filename=${file},file.locking=off`],
      ...["-device", `virtio-blk-device,drive=${name},serial=${name}`],
    ];
  };
  const port = (name: string) => ["-device", `virtserialport,chardev=${name},name=berth.${name}`];
  const output = (name: "stdout" | "stderr") => [
    ...["-chardev", `file,id=${name},path=${inherited(pipes[name], "read-write")},append=on`],
    ...port(name),
  ];
  const argv = [
    QEMU[architecture],
    ...["-M", MACHINE[architecture](shape.emulated)],
    ...acceleration(architecture, shape.emulated, () => set("/dev/kvm", "read-write")),
    ...["-m", `${shape.memory}M`, "-smp", `${shape.cpus}`],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"],
    ...["-kernel", `${boot}/kernel`, "-initrd", `${boot}/initramfs.cpio`],
    ...["-append", kernelArguments({ ...options, layers: layers.length })],
    ...["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"],
    ...["-object", "rng-builtin,id=random", "-device", "virtio-rng-device,rng=random"],
    ...["-device", "virtio-serial-device,max_ports=5"],
    ...output("stdout"),
    ...output("stderr"),
    // It holds the pipe open to write as well: whoever wrote to it last is not its end.
    ...["-chardev", `file,id=control,path=/dev/null,input-path=${inherited(pipes.control, "read-write")}`],
    ...port("control"),
    ...["-chardev", `socket,id=agent,path=${options.agentFolder}/${AGENT_SOCKET},server=on,wait=off`],
    ...port("agent"),
    ...layers.flatMap((path, index) => disk(`layer${index}`, path, "read-only")),
    ...disk("bundle", options.bundle, "read-only"),
    ...disk("result", options.result, "read-write"),
    ...(link === undefined ? [] : network(link)),
    ...volumes.flatMap(volume),
  ];
  return { argv, opened };
}

function acceleration(
  architecture: "x64" | "arm64",
  emulated: boolean,
  kvm: () => { readonly file: string; readonly argv: readonly string[] },
): string[] {
  if (emulated) return ["-accel", "tcg,tb-size=64", "-cpu", architecture === "x64" ? "max,-la57,-svm" : "max"];
  const { file, argv } = kvm();
  return [...argv, "-accel", `kvm,device=${file}`, "-cpu", architecture === "x64" ? "host,-svm,-vmx" : "host"];
}

function network({ name, hardwareAddress }: Pick<LinkSettings, "name" | "hardwareAddress">): string[] {
  return [
    ...["-netdev", `tap,id=network,ifname=${name},script=no,downscript=no`],
    ...["-device", `virtio-net-device,netdev=network,mac=${hardwareAddress}`],
  ];
}

function volume({ tag, path, readOnly }: GuestVolume): string[] {
  // Owners are the workload's own: QEMU is root in its user namespace, and its volumes are mounted with its ids.
  const filesystem = `local,id=${tag},path=${path},security_model=passthrough,multidevs=remap`;
  return [
    ...["-fsdev", readOnly ? `${filesystem},readonly=on` : filesystem],
    ...["-device", `virtio-9p-device,fsdev=${tag},mount_tag=${tag}`],
  ];
}
