import type { Seccomp, SeccompRule } from "./runtime-spec.ts";
import { ALLOWED, ALLOWED_ON, DENIED, WITH_CAPABILITY } from "./system-calls.ts";

const EPERM = 1;
const ENOSYS = 38;

/** Address families reached with socket(2) that lead out of every namespace. */
const AF_VSOCK = 40;
/** CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET (clone(2)). */
const NEW_NAMESPACES = 0x7e020000;
/** personality(2): PER_LINUX, PER_LINUX32, each with UNAME26, and the query. */
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

/**
 * The default seccomp profile: calls that ordinary programs make are allowed; those that reach beyond the container fail
 * with EPERM unless a capability of the workload covers them; what nobody here has heard of fails with ENOSYS, so that
 * libraries fall back as on an older kernel. In substance what Docker's and Podman's default profiles do
 * (runtime-spec config-linux.md, seccomp).
 *
 * @param architecture Node's name of it: x64 or arm64
 * @param capabilities the workload's, without CAP_
 */
export function seccompProfile(architecture: string, capabilities: readonly string[]): Seccomp {
  const mayAdminister = capabilities.includes("SYS_ADMIN");
  const covered = WITH_CAPABILITY.filter(({ capability }) => capabilities.includes(capability)).flatMap(
    ({ calls }) => calls,
  );
  const allowed = new Set([...ALLOWED, ...(ALLOWED_ON[architecture] ?? []), ...covered]);
  const conditional = WITH_CAPABILITY.flatMap(({ calls }) => calls);
  // clone and clone3 have rules of their own: two answers to one call would be the stricter one.
  const denied = [...new Set([...DENIED, ...conditional])].filter(
    (call) => !allowed.has(call) && call !== "clone" && call !== "clone3",
  );
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: ENOSYS,
    architectures: architecturesOf(architecture),
    syscalls: [
      { names: [...allowed].sort(), action: "SCMP_ACT_ALLOW" },
      { names: denied.sort(), action: "SCMP_ACT_ERRNO", errnoRet: EPERM },
      { names: ["socket"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: AF_VSOCK, op: "SCMP_CMP_NE" }] },
      ...PERSONALITIES.map(
        (value): SeccompRule => ({
          names: ["personality"],
          action: "SCMP_ACT_ALLOW",
          args: [{ index: 0, value, op: "SCMP_CMP_EQ" }],
        }),
      ),
      ...(mayAdminister ? [] : withoutNewNamespaces),
    ],
  };
}

/** The device's own architecture and its 32-bit one, in the words of the OCI runtime specification. */
export function architecturesOf(architecture: string): string[] {
  return architecture === "arm64" ? ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"] : ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"];
}

/** Threads and children, but in no new namespace. clone3's flags are behind a pointer, which seccomp cannot read. */
const withoutNewNamespaces: readonly SeccompRule[] = [
  {
    names: ["clone"],
    action: "SCMP_ACT_ALLOW",
    args: [{ index: 0, value: NEW_NAMESPACES, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
  },
  { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
];
