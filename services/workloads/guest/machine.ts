import { bytesOf, cpusOf } from "../../model/quantity.ts";
import type { Workload } from "../../model/workload.ts";

const MIB = 1024 * 1024;
/** RAM of a guest whose manifest says nothing, in MiB. */
const DEFAULT_MEMORY = 256;
/**
 * What QEMU may use beyond the guest's RAM, in MiB: its own code and heap, and the cache of the files it reads, which the kernel
 * takes back when it must. Emulated, it keeps translated code beside that.
 */
const OVERHEAD = { kvm: 64, emulated: 192 } as const;

/** What a guest's machine is made of. */
export interface GuestShape {
  /** In MiB. */
  readonly memory: number;
  readonly cpus: number;
  /** Whether QEMU's own emulation runs it, where KVM does not work. */
  readonly emulated: boolean;
}

/** The machine a manifest asks for: whole processors, of which its unit gets no more time than `limits.cpus`. */
export function shapeOf({ limits }: Pick<Workload, "limits">, emulated: boolean): GuestShape {
  return {
    memory: limits.memory === undefined ? DEFAULT_MEMORY : Math.floor(bytesOf(limits.memory) / MIB),
    cpus: limits.cpus === undefined ? 1 : Math.ceil(cpusOf(limits.cpus)),
    emulated,
  };
}

/** Most memory of its unit, in bytes. */
export function unitMemory({ memory, emulated }: GuestShape): number {
  return (memory + (emulated ? OVERHEAD.emulated : OVERHEAD.kvm)) * MIB;
}
