import { ReasonError } from "../../model/reason.ts";
import type { Workload } from "../../model/workload.ts";

/** What a workload has without asking: enough for a server that starts as root and becomes another user. */
const DEFAULT = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"] as const;

/** Every capability of Linux 6.12. Source: capabilities(7). */
const KNOWN: ReadonlySet<string> = new Set(
  [
    "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH",
    "FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN",
    "NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT",
    "SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM",
  ]
    .join(" ")
    .split(" "),
);

/**
 * The capabilities a workload gets, by name without CAP_, sorted: the default ones less `drop` (`ALL` for none of them),
 * and `add`.
 *
 * @throws ReasonError `start-failed` for a name Linux does not know
 */
export function capabilitiesOf({ add, drop }: Workload["capabilities"]): string[] {
  for (const [index, name] of add.entries()) if (!KNOWN.has(name)) throw unknown(`capabilities.add[${index}]`, name);
  for (const [index, name] of drop.entries()) {
    if (name !== "ALL" && !KNOWN.has(name)) throw unknown(`capabilities.drop[${index}]`, name);
  }
  const kept = drop.includes("ALL") ? [] : DEFAULT.filter((name) => !drop.includes(name));
  return [...new Set<string>([...kept, ...add])].sort();
}

function unknown(field: string, value: string): ReasonError {
  return new ReasonError({
    code: "start-failed",
    message: `Linux has no capability ${value}`,
    field,
    value,
    allowed: "a name of capabilities(7) without CAP_",
  });
}
