import type { UnitProperty } from "../../host/systemd-property.ts";
import type { Workload } from "../../model/workload.ts";
import { logIdentifier, type WorkloadPaths } from "../instance/paths.ts";
import { SLICE } from "../unit/slice.ts";
import { limitProperties } from "../unit/unit-limits.ts";
import { restartProperties, stopProperties } from "../unit/unit-times.ts";
import type { GuestVolume } from "./command-line.ts";
import type { OpenedFile } from "./descriptors.ts";
import { type GuestShape, unitMemory } from "./machine.ts";
import { guestPaths } from "./paths.ts";

/** A process takes no notice of it that runs (signal(7)): systemd sends one after the stop script, and waits. */
const SIGCONT = 18;
const OPEN_READ_ONLY = 1;
/** linux/mount.h. */
const MS_REC = 16_384;
/** linux/sched.h. */
const CLONE_NEWUSER = 0x10000000;
/** QEMU's threads: its processors', its disks' and volumes' (64 each at most), and some of its own. */
const TASKS = 192;
/** The console's lines in the journal: a guest's kernel says little, unless it wants to fill the disk. */
const CONSOLE = { lines: 200, seconds: 30 } as const;
const OOM_SCORE_ADJUSTMENT = 200;

/**
 * The properties of a guest's transient unit. QEMU is root in the workload's user namespace, which is nobody on the device, and
 * so that its volumes have the workload's owners; of the device it sees the system's programs, and its own folder; it opens
 * no device but the tap's, reaches no network but by it, and makes no namespaces. Source: systemd.exec(5),
 * systemd.service(5), systemd.resource-control(5).
 */
export function guestUnitOf(options: {
  readonly manifest: Workload;
  readonly shape: GuestShape;
  readonly paths: WorkloadPaths;
  readonly argv: readonly string[];
  readonly opened: readonly OpenedFile[];
  /** Folder of the guests' kernel. */
  readonly boot: string;
  readonly volumes: readonly GuestVolume[];
  /** Where the engine keeps what stays: on the disk whose use is limited. */
  readonly data: string;
}): UnitProperty[] {
  const { manifest, shape, paths, argv, opened, boot, volumes } = options;
  const guest = guestPaths(paths);
  const shell = (script: string) => ({ path: "/bin/sh", argv: ["/bin/sh", script] });
  const bind = (source: string, target = source): readonly [string, string, boolean, number] => [
    source,
    target,
    // Not every architecture has it.
    source === "/lib64",
    MS_REC,
  ];
  return [
    { name: "Description", type: "s", value: `Berth workload ${manifest.name} (micro-VM)` },
    { name: "Slice", type: "s", value: SLICE },
    { name: "Type", type: "s", value: "exec" },
    { name: "ExecStartPre", type: "a(sasb)", value: [shell(guest.resetScript)] },
    {
      name: "ExecStart",
      type: "a(sasb)",
      value: [{ path: "/usr/bin/nsenter", argv: ["nsenter", `--user=${guest.userNamespaceInside}`, "--", ...argv] }],
    },
    { name: "ExecStop", type: "a(sasb)", value: [shell(guest.stopScript)] },
    { name: "ExecStopPost", type: "a(sasb)", value: [shell(guest.endScript)] },
    {
      name: "OpenFile",
      type: "a(sst)",
      value: opened.map(({ path, readOnly }, index) => [path, `file${index}`, readOnly ? OPEN_READ_ONLY : 0]),
    },
    { name: "KillSignal", type: "i", value: SIGCONT },
    ...stopProperties(manifest),
    ...restartProperties(manifest),
    ...limits(manifest, shape, options.data),
    { name: "OOMScoreAdjust", type: "i", value: OOM_SCORE_ADJUSTMENT },
    { name: "TemporaryFileSystem", type: "a(ss)", value: [["/", "ro,mode=755"]] },
    {
      name: "BindReadOnlyPaths",
      type: "a(ssbt)",
      value: [
        ...["/usr", "/bin", "/sbin", "/lib", "/lib64"].map((path) => bind(path)),
        bind(boot),
        bind(guest.userNamespace, guest.userNamespaceInside),
        bind("/sys/fs/cgroup", guest.cgroups),
      ],
    },
    {
      name: "BindPaths",
      type: "a(ssbt)",
      value: [
        // For the scripts: to QEMU the folder is closed.
        bind(paths.bundle),
        bind(guest.agentFolder, guest.agentFolderInside),
        bind("/dev/net/tun"),
        ...volumes.map(({ path }, index) => bind(`${guest.volumes}/${index}`, path)),
      ],
    },
    // The kernel's view of the device, which systemd puts there by itself.
    { name: "InaccessiblePaths", type: "as", value: ["-/sys"] },
    { name: "PrivateDevices", type: "b", value: true },
    { name: "DevicePolicy", type: "s", value: "closed" },
    {
      name: "DeviceAllow",
      type: "a(ss)",
      value: [["/dev/net/tun", "rw"], ...(shape.emulated ? [] : ([["/dev/kvm", "rw"]] as const))],
    },
    { name: "ProtectProc", type: "s", value: "invisible" },
    { name: "ProcSubset", type: "s", value: "pid" },
    { name: "PrivateIPC", type: "b", value: true },
    { name: "NoNewPrivileges", type: "b", value: true },
    { name: "RestrictAddressFamilies", type: "(bas)", value: [true, ["AF_UNIX"]] },
    { name: "RestrictNamespaces", type: "t", value: CLONE_NEWUSER },
    { name: "RestrictRealtime", type: "b", value: true },
    { name: "LockPersonality", type: "b", value: true },
    // Emulation makes code as it goes.
    { name: "MemoryDenyWriteExecute", type: "b", value: !shape.emulated },
    { name: "SystemCallArchitectures", type: "as", value: ["native"] },
    { name: "SystemCallFilter", type: "(bas)", value: [true, ["@system-service", "@sandbox", "setns"]] },
    // The guest's console, and QEMU's own complaints.
    { name: "StandardOutput", type: "s", value: "journal" },
    { name: "StandardError", type: "s", value: "journal" },
    { name: "LogRateLimitIntervalUSec", type: "t", value: CONSOLE.seconds * 1_000_000 },
    { name: "LogRateLimitBurst", type: "u", value: CONSOLE.lines },
    { name: "SyslogIdentifier", type: "s", value: logIdentifier(manifest.name) },
    { name: "SyslogLevel", type: "i", value: 6 },
    { name: "SyslogLevelPrefix", type: "b", value: false },
  ];
}

/** The workload's own processes are counted inside; here it is QEMU's. */
function limits(manifest: Workload, shape: GuestShape, data: string): UnitProperty[] {
  const { pids: _, ...rest } = manifest.limits;
  return [
    ...limitProperties({ ...manifest, limits: { ...rest, memory: unitMemory(shape) } }, data),
    { name: "TasksMax", type: "t", value: TASKS },
  ];
}
