import { z } from "zod";

/** Settings of the kernel that a container has for itself: network, System V IPC and message queues (namespaces(7)). */
const OWN = /^(net(\.[A-Za-z0-9_-]+)+|kernel\.(shm|msg)[a-z_]+|kernel\.sem|fs\.mqueue\.[a-z_]+)$/;

const Name = z
  .string()
  .regex(OWN, "a setting the workload has for itself: net.*, kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.*");

/** Settings of the kernel (sysctl(8)) by name; only those of namespaces that are the workload's own. */
export const Sysctls = z.record(
  Name,
  z.union([z.string().regex(/^[\x20-\x7e]{1,256}$/, "a setting's value"), z.int()], {
    error: "a setting's value: text or a whole number",
  }),
);
export type Sysctls = z.infer<typeof Sysctls>;
