import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { runCommand } from "../../host/command.ts";
import { isThere } from "../../host/files.ts";
import type { Systemd } from "../../host/systemd.ts";
import type { UnitProperty } from "../../host/systemd-property.ts";
import { Virtualization } from "../../model/device.ts";
import { SLICE } from "../unit/slice.ts";
import { type ProcessorClock, parseProcessorClock } from "./processor-clock.ts";

const UNIT = "berth-kvm-probe.service";
/** In microseconds. Where KVM works, a kernel without a root file system has panicked long before. */
const PATIENCE = 60_000_000;
const MEMORY = "128M";

/** What a boot found out about its processor. */
const Findings = z.strictObject({
  virtualization: Virtualization,
  clock: z.strictObject({ kilohertz: z.int(), loopsPerJiffy: z.int() }).exactOptional(),
});
type Findings = z.infer<typeof Findings>;

/** Whether guests run at the processor's own speed here. */
export interface Kvm {
  /** What is known already. */
  known(): Promise<Virtualization>;
  /** What a probe says, which is made once a boot. */
  probe(): Promise<{ readonly virtualization: Virtualization; readonly clock: ProcessorClock | undefined }>;
}

/**
 * Opens {@link Kvm}. /dev/kvm may open, and a few instructions run, where an ordinary kernel hangs (nested virtualization): so the
 * guests' own kernel is started, which ends as soon as it misses a root file system.
 *
 * @param options.findings where a boot's findings are kept, in memory
 * @param options.boot folder of the guests' kernel
 */
export function openKvm(options: {
  readonly systemd: Systemd;
  readonly findings: string;
  readonly boot: string;
  readonly architecture: "x64" | "arm64";
}): Kvm {
  const { systemd, findings, boot, architecture } = options;
  let probing: Promise<Findings> | undefined;
  const read = async (): Promise<Findings | undefined> => {
    try {
      return Findings.parse(JSON.parse(await readFile(findings, "utf8")));
    } catch {
      return undefined;
    }
  };
  const absent = async (): Promise<string | undefined> => {
    if (!(await isThere(`${boot}/kernel`))) return "this image has no kernel for guests";
    if (!(await isThere("/dev/kvm"))) return "the processor's virtualization is off, or it has none";
    return undefined;
  };
  const find = async (): Promise<Findings> => {
    const why = await absent();
    const clock = architecture === "x64" ? parseProcessorClock(await kernelLog()) : undefined;
    const more = clock === undefined ? {} : { clock };
    if (why !== undefined) return { virtualization: { kvm: "absent", message: why }, ...more };
    const result = await systemd.startTransient(UNIT, probeUnit(boot, architecture, clock));
    await systemd.resetFailed(UNIT);
    if (result === "done") return { virtualization: { kvm: "works" }, ...more };
    const message =
      result === "timeout"
        ? "/dev/kvm opens, but a kernel hangs under it"
        : "/dev/kvm opens, but no kernel runs under it";
    return { virtualization: { kvm: "broken", message }, ...more };
  };
  return {
    async known() {
      const found = await read();
      if (found !== undefined) return found.virtualization;
      const why = await absent();
      return why === undefined ? { kvm: "untried" } : { kvm: "absent", message: why };
    },
    async probe() {
      const known = await read();
      if (known === undefined) {
        probing ??= find().finally(() => {
          probing = undefined;
        });
        const found = await probing;
        await mkdir(dirname(findings), { recursive: true });
        await writeFile(`${findings}.new`, JSON.stringify(found), { mode: 0o600 });
        await rename(`${findings}.new`, findings);
        return { virtualization: found.virtualization, clock: found.clock };
      }
      return { virtualization: known.virtualization, clock: known.clock };
    },
  };
}

/** The kernel's messages since boot that are left (dmesg(1)). */
async function kernelLog(): Promise<string> {
  const { stdout } = await runCommand(["dmesg"], { outputLimit: 4 * 1024 * 1024 });
  return stdout;
}

/** A unit that succeeds if a kernel under KVM gets as far as to panic. */
function probeUnit(boot: string, architecture: "x64" | "arm64", clock: ProcessorClock | undefined): UnitProperty[] {
  const calibrated = clock === undefined ? "" : ` tsc_early_khz=${clock.kilohertz} lpj=${clock.loopsPerJiffy}`;
  const x64 = architecture === "x64";
  const argv = [
    x64 ? "qemu-system-x86_64" : "qemu-system-aarch64",
    ...["-M", x64 ? "microvm,acpi=on,pcie=off,usb=off,pit=off,pic=off,rtc=on" : "virt,gic-version=max"],
    ...["-add-fd", "fd=3,set=3", "-accel", "kvm,device=/dev/fdset/3", "-cpu", x64 ? "host,-svm,-vmx" : "host"],
    ...["-m", MEMORY, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"],
    ...["-kernel", `${boot}/kernel`, "-append", `quiet panic=-1${x64 ? ` reboot=t${calibrated}` : ""}`],
  ];
  return [
    { name: "Description", type: "s", value: "Berth: whether KVM works" },
    { name: "Slice", type: "s", value: SLICE },
    { name: "Type", type: "s", value: "oneshot" },
    { name: "ExecStart", type: "a(sasb)", value: [{ path: `/usr/bin/${argv[0]}`, argv }] },
    { name: "OpenFile", type: "a(sst)", value: [["/dev/kvm", "kvm", 0]] },
    { name: "TimeoutStartUSec", type: "t", value: PATIENCE },
    { name: "DynamicUser", type: "b", value: true },
    { name: "DevicePolicy", type: "s", value: "closed" },
    { name: "DeviceAllow", type: "a(ss)", value: [["/dev/kvm", "rw"]] },
    { name: "PrivateDevices", type: "b", value: true },
    { name: "PrivateNetwork", type: "b", value: true },
    { name: "NoNewPrivileges", type: "b", value: true },
    { name: "MemoryMax", type: "t", value: 256 * 1024 * 1024 },
  ];
}
