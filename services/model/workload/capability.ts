import { z } from "zod";
import { nearest } from "../nearest.ts";

/** Every capability of Linux 6.12, without CAP_. Source: capabilities(7). */
export const CAPABILITIES: readonly string[] = [
  "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH",
  "FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN",
  "NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT",
  "SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM",
]
  .join(" ")
  .split(" ");

const ALLOWED = "a capability's name without CAP_, such as NET_RAW, or ALL";

/** A capability by name without CAP_, or ALL for every one. */
export const Capability = z.string().superRefine((name, context) => {
  if (name === "ALL" || CAPABILITIES.includes(name)) return;
  const plain = name.toUpperCase().replace(/^CAP_/, "");
  const near = CAPABILITIES.includes(plain) ? plain : nearest(plain, CAPABILITIES);
  const named = /^[\w-]{1,64}$/.test(name);
  const message = named
    ? `Linux has no capability ${name}${near === undefined ? "" : `; did you mean ${near}?`}`
    : ALLOWED;
  context.addIssue({ code: "custom", message, params: { allowed: ALLOWED } });
});
