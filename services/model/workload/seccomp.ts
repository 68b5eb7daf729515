import { z } from "zod";

/** What happens to a call. Those that need somebody to tell (TRACE, NOTIFY) are left out: nobody is there. */
const Action = z.enum([
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_KILL",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
  "SCMP_ACT_LOG",
  "SCMP_ACT_TRAP",
]);

const Architecture = z
  .string()
  .regex(/^SCMP_ARCH_[A-Z0-9_]+$/, "an architecture's name of the OCI runtime specification, such as SCMP_ARCH_X86_64");

const Errno = z.int().min(0).max(4095);
const Value = z.int().min(0);

/** A profile as config.json of the OCI runtime specification has it (config-linux.md, Seccomp). */
export const SeccompProfile = z.strictObject({
  defaultAction: Action.describe("What happens to calls that no rule names"),
  defaultErrnoRet: Errno.optional().describe("The error they end with, by number; EPERM when left out"),
  architectures: z.array(Architecture).min(1).optional().describe("The device's own and its 32-bit one when left out"),
  flags: z
    .array(z.enum(["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"]))
    .optional()
    .describe("Flags of seccomp(2)"),
  syscalls: z
    .array(
      z.strictObject({
        names: z
          .array(z.string().regex(/^[a-z0-9_]+$/, "a system call's name"))
          .min(1)
          .describe("System calls"),
        action: Action.describe("What happens to them"),
        errnoRet: Errno.optional().describe("The error they end with, by number"),
        args: z
          .array(
            z.strictObject({
              index: z.int().min(0).max(5).describe("Which argument"),
              value: Value.describe("What it is compared with; the mask, for SCMP_CMP_MASKED_EQ"),
              valueTwo: Value.optional().describe("What it is compared with under the mask"),
              op: z
                .enum([
                  "SCMP_CMP_NE",
                  "SCMP_CMP_LT",
                  "SCMP_CMP_LE",
                  "SCMP_CMP_EQ",
                  "SCMP_CMP_GE",
                  "SCMP_CMP_GT",
                  "SCMP_CMP_MASKED_EQ",
                ])
                .describe("How it is compared"),
            }),
          )
          .optional()
          .describe("Only where all of these hold"),
      }),
    )
    .default([])
    .describe("Rules"),
});
export type SeccompProfile = z.infer<typeof SeccompProfile>;

/** Which system calls a workload may make. */
export const Seccomp = z.union(
  [z.enum(["default", "unconfined"]), z.strictObject({ profile: SeccompProfile.describe("A profile of its own") })],
  { error: "default, unconfined, or a profile" },
);
export type Seccomp = z.infer<typeof Seccomp>;
