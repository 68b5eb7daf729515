import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Architecture } from "../../image/architecture.ts";
import { readFromDisk } from "./disk-file.ts";
import type { MachineImage } from "./machine-image.ts";

/** How QEMU runs a machine here. */
export interface Acceleration {
  readonly kind: "kvm" | "tcg";
  /** QEMU's options for it. */
  readonly argv: readonly string[];
  /** What a development image's kernel is told: emulation need not pay for what protects real CPUs. */
  readonly kernelArguments: string;
  /** Why it was chosen, for people. */
  readonly why: string;
}

const KVM = ["-accel", "kvm", "-cpu", "host"];

/**
 * Emulation. `-cx16`: QEMU 7.2 corrupts the flags around cmpxchg16b. `+svm` gives the guest a
 * /dev/kvm of its own. `-la57`: a fifth page table level only costs.
 */
const TCG: Readonly<Record<Architecture, readonly string[]>> = {
  x86_64: ["-accel", "tcg,thread=multi", "-cpu", "max,+svm,-cx16,-la57"],
  aarch64: ["-accel", "tcg,thread=multi", "-cpu", "max"],
};

const QEMU = "qemu-system-x86_64";
const DEBUG_EXIT_CODE = 33;

/** KVM if a guest really runs under it, software emulation otherwise. */
export async function chooseAcceleration({ arch, disk }: MachineImage): Promise<Acceleration> {
  const obstacle = arch === "x86_64" ? await kvmObstacle(disk) : `${arch} is not this host's`;
  if (obstacle === undefined) return { kind: "kvm", argv: KVM, kernelArguments: "", why: "a guest runs under KVM" };
  return { kind: "tcg", argv: TCG[arch], kernelArguments: "mitigations=off", why: obstacle };
}

/**
 * Why KVM is of no use here, or undefined when it is. Where virtualization is nested, /dev/kvm may
 * open, and even a boot sector may run, while an ordinary kernel hangs: so both are started.
 */
async function kvmObstacle(disk: string): Promise<string | undefined> {
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
  } catch {
    return "no /dev/kvm";
  }
  if (!(await runsBootSector())) return "/dev/kvm opens, but a boot sector does not run under it";
  if (!(await runsKernel(disk))) return "/dev/kvm opens, but a kernel does not run under it";
  return undefined;
}

async function runsBootSector(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "berth-kvm-"));
  try {
    const image = join(folder, "boot.img");
    writeFileSync(image, bootSector());
    const drive = ["-drive", `file=${image},format=raw,if=ide`];
    const exit = ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"];
    return (await qemuExitCode([...drive, ...exit], 3000)) === DEBUG_EXIT_CODE;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A kernel without a root file system panics, which `panic=-1` turns into a reboot and `-no-reboot` into an end. */
async function runsKernel(disk: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "berth-kvm-"));
  try {
    const kernel = join(folder, "vmlinuz");
    await readFromDisk(disk, "boot-a", "vmlinuz", kernel);
    const argv = ["-no-reboot", "-kernel", kernel, "-append", "panic=-1 quiet"];
    return (await qemuExitCode(argv, 8000)) === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `mov dx, 0xf4; mov al, 0x10; out dx, al; hlt`: QEMU ends with (0x10 << 1) | 1. */
function bootSector(): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set([0xba, 0xf4, 0x00, 0xb0, 0x10, 0xee, 0xf4]);
  sector.set([0x55, 0xaa], 510);
  return sector;
}

/** The exit code of a small diskless QEMU, or undefined when it had to be killed. */
function qemuExitCode(argv: readonly string[], timeout: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const common = ["-m", "256", "-nodefaults", "-display", "none"];
    const child = spawn(QEMU, [...KVM, ...common, ...argv], { stdio: "ignore" });
    const timer = setTimeout(() => child.kill("SIGKILL"), timeout);
    const settle = (code: number | null) => {
      clearTimeout(timer);
      resolve(code ?? undefined);
    };
    child.once("error", () => settle(null));
    child.once("exit", settle);
  });
}
