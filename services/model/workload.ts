import { z } from "zod";
import { ImageReferenceText } from "./image-reference.ts";
import { WorkloadName } from "./names.ts";
import { AbsolutePath } from "./paths.ts";
import { bytesOf, cpusOf, Duration } from "./quantity.ts";
import { Capability } from "./workload/capability.ts";
import { Dependency } from "./workload/dependency.ts";
import { HealthCheck } from "./workload/health.ts";
import { Emulation, Isolation, isolationProblem } from "./workload/isolation.ts";
import { isRunByRun, Job } from "./workload/job.ts";
import { Limits, Reservation } from "./workload/limits.ts";
import { LogSettings } from "./workload/logs.ts";
import { NetworkSettings, networkProblem } from "./workload/network.ts";
import { PublishedPort } from "./workload/port.ts";
import { RestartPolicy } from "./workload/restart.ts";
import { Schedule } from "./workload/schedule.ts";
import { Seccomp } from "./workload/seccomp.ts";
import { HostMount, InlineFiles, Tmpfs, VolumeMount } from "./workload/storage.ts";
import { Sysctls } from "./workload/sysctls.ts";
import { UpdateStrategy } from "./workload/update.ts";
import { Userns } from "./workload/userns.ts";

/** (uid_t) -1 means nobody in particular. */
const MAX_ID = 2 ** 32 - 2;

/** A user or group of the image, by name or number. */
const Group = z.union(
  [z.int().min(0).max(MAX_ID), z.string().regex(/^[a-z_0-9][a-z0-9_-]*$/, "a group's name or number")],
  {
    error: "a group's name or number",
  },
);

/**
 * A workload's manifest: what an operator writes and the device keeps running. Every field but `name` and `image` has a
 * safe default.
 */
export const Workload = z
  .strictObject({
    name: WorkloadName,
    image: ImageReferenceText,
    pull: z
      .enum(["always", "missing", "never"])
      .default("always")
      .describe(
        "When an apply order asks the registry: always, so that a tag means what it means there; when the image is missing here; or never",
      ),
    isolation: Isolation.default("container").describe(
      "How it is kept apart from the device: container, by the device's kernel; microvm, in a virtual machine with a kernel of its own",
    ),
    emulation: Emulation.default("refused").describe(
      "allowed: a micro-VM may run where KVM does not work, many times slower, and is then said to be emulated",
    ),
    entrypoint: z.array(z.string()).min(1).optional().describe("In place of the image's entrypoint and command"),
    args: z.array(z.string()).optional().describe("In place of the image's command"),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a variable's name"), z.string())
      .default({})
      .describe("Environment variables, beside the image's"),
    user: z
      .string()
      .regex(/^[a-z_0-9][a-z0-9_-]*(:[a-z_0-9][a-z0-9_-]*)?$/, "user[:group], names or numbers")
      .optional()
      .describe("In place of the image's user"),
    groups: z.array(Group).default([]).describe("More groups of the process, beside those the image gives its user"),
    hostname: z
      .string()
      .max(64)
      .regex(
        /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/,
        "a host name of at most 64 letters, digits, hyphens and dots",
      )
      .optional()
      .describe("What it takes for its host's name; the workload's name when left out"),
    workdir: AbsolutePath.optional().describe("In place of the image's working directory"),
    network: NetworkSettings.prefault({}).describe("How it is connected"),
    ports: z.array(PublishedPort).default([]).describe("Ports of the device that lead to the workload"),
    limits: Limits.prefault({}).describe("How much of the device it may use"),
    logs: LogSettings.prefault({}).describe("How much is kept of what it writes to its two outputs"),
    reserve: Reservation.prefault({}).describe("How much of the device is kept for it; nothing where it is left out"),
    health: HealthCheck.optional().describe(
      "How the device tells whether it works: exactly one of http, tcp, exec and disabled; the image's own HEALTHCHECK where it is left out",
    ),
    after: z
      .array(Dependency)
      .default([])
      .describe("Workloads it starts after, each a name, or a name and how far it must be"),
    restart: RestartPolicy.prefault({}).describe("When an ended process is started again"),
    job: Job.optional().describe(
      "Makes it a job: done when its process has ended with 0, which ends the order too; {} is enough",
    ),
    schedule: Schedule.optional().describe("Runs it at times that come again, instead of all the time"),
    update: UpdateStrategy.prefault({}).describe("How it is replaced when its manifest or image changes"),
    stop: z
      .strictObject({
        signal: z
          .string()
          .regex(/^SIG[A-Z0-9+]+$/, "a signal's name, such as SIGTERM")
          .optional()
          .describe("Sent to its first process; the image's, or SIGTERM, where it is left out"),
        grace: Duration.default("10s").describe("After it the process is killed"),
      })
      .prefault({})
      .describe("How it is asked to stop"),
    init: z
      .boolean()
      .default(false)
      .describe("A small init is its first process: it reaps zombies and passes signals on to the command"),
    root: z
      .enum(["read-only", "ephemeral"])
      .default("read-only")
      .describe("ephemeral: writable, forgotten at each start"),
    tmpfs: z.array(Tmpfs).default([]).describe("Writable places in memory"),
    volumes: z.array(VolumeMount).default([]).describe("Named places on the data partition that outlive the workload"),
    imageVolumes: z
      .enum(["keep", "none"])
      .default("keep")
      .describe(
        "keep: each VOLUME of the image that has no other place gets a volume of the workload's own; none: what is written there is forgotten",
      ),
    mounts: z.array(HostMount).default([]).describe("Files and folders of the device, where its policy allows them"),
    files: InlineFiles.default([]).describe("Small files whose content stands here, read-only in the workload"),
    capabilities: z
      .strictObject({
        add: z.array(Capability).default([]).describe("Beside the default ones; ALL for every one Linux has"),
        drop: z.array(Capability).default([]).describe("Of the default ones; ALL for every one"),
      })
      .prefault({})
      .describe("Linux capabilities, by name without CAP_"),
    userns: Userns.optional().describe(
      "private: ids of its own, so that root inside is nobody on the device; host: the device's, where its policy allows it; private when left out",
    ),
    seccomp: Seccomp.optional().describe(
      "default: the calls ordinary programs make; unconfined, or a profile of its own, where the device's policy allows it; default when left out",
    ),
    noNewPrivileges: z
      .boolean()
      .optional()
      .describe("Whether setuid programs and file capabilities count for nothing; true when left out"),
    maskedPaths: z
      .array(AbsolutePath)
      .default([])
      .describe("Hidden from it, beside what is hidden from every workload"),
    readOnlyPaths: z
      .array(AbsolutePath)
      .default([])
      .describe("Read-only for it, beside what is read-only for every workload"),
    sysctls: Sysctls.default({}).describe("Settings of the kernel that the workload has for itself (sysctl(8))"),
    privileged: z
      .boolean()
      .default(false)
      .describe(
        "Root on the device: every capability and device, the device's ids, nothing hidden or filtered; where the device's policy allows it",
      ),
  })
  .superRefine((workload, context) => {
    const problem = networkProblem(workload) ?? isolationProblem(workload);
    if (problem !== undefined) context.addIssue({ code: "custom", path: [...problem.path], message: problem.message });
  })
  .refine(({ limits, reserve }) => within(reserve.cpus, limits.cpus, cpusOf), {
    path: ["reserve", "cpus"],
    message: "at most limits.cpus",
  })
  .refine(({ limits, reserve }) => within(reserve.memory, limits.memory, bytesOf), {
    path: ["reserve", "memory"],
    message: "at most limits.memory",
  })
  .refine(({ limits, tmpfs }) => limits.shm === undefined || tmpfs.every(({ path }) => path !== "/dev/shm"), {
    path: ["limits", "shm"],
    message: "either limits.shm or a tmpfs at /dev/shm",
  })
  .refine(({ job, schedule }) => job === undefined || schedule === undefined, {
    path: ["schedule"],
    message: "job or schedule, not both: each run of a schedule is a job",
  })
  .refine((manifest) => !isRunByRun(manifest) || manifest.restart.policy !== "always", {
    path: ["restart", "policy"],
    message: "on-failure or never, since what is a job or has a schedule is to end",
  })
  .meta({ id: "Workload", title: "Berth workload manifest" });
export type Workload = z.infer<typeof Workload>;

/** A manifest as a person writes it, defaults left out. */
export type WorkloadInput = z.input<typeof Workload>;

function within<Q>(amount: Q | undefined, most: Q | undefined, measure: (quantity: Q) => number): boolean {
  return amount === undefined || most === undefined || measure(amount) <= measure(most);
}
