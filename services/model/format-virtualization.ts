import type { Virtualization } from "./device.ts";

/** Whether a device can run micro-VMs, for people. */
export function formatVirtualization({ kvm, message }: Virtualization): string {
  const words = {
    works: "yes",
    broken: "emulated only",
    absent: "emulated only",
    untried: "not tried since the boot",
  }[kvm];
  return message === undefined ? words : `${words}: ${message}`;
}
