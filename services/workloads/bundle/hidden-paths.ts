import type { Workload } from "../../model/workload.ts";

/** Places in /proc and /sys that tell of, or reach, the whole device: hidden, as Docker and Podman hide them. */
const MASKED = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
  "/sys/fs/selinux",
];

/** Places that are the device's to write: read-only, as with Docker and Podman. */
const READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** What is hidden from a workload and what it cannot write: always the above and what it adds, unless it is privileged. */
export function hiddenPaths({
  privileged,
  maskedPaths,
  readOnlyPaths,
}: Pick<Workload, "privileged" | "maskedPaths" | "readOnlyPaths">): {
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
} {
  const unlessPrivileged = (paths: readonly string[]) => (privileged ? [] : paths);
  return {
    maskedPaths: [...new Set([...unlessPrivileged(MASKED), ...maskedPaths])],
    readonlyPaths: [...new Set([...unlessPrivileged(READ_ONLY), ...readOnlyPaths])],
  };
}
