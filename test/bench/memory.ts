import { run } from "../../image/command.ts";
import { MANIFEST } from "../demo/web.ts";
import { Appliance, prepare } from "../rig/appliance.ts";
import type { Machine } from "../rig/machine.ts";
import { delay } from "../rig/wait.ts";
import { mustExec } from "./guest.ts";
import type { BenchOptions } from "./options.ts";
import { type Result, type Round, resultOf } from "./result.ts";
import { SERVICES, type Service, unitOf } from "./services.ts";

const ROUNDS = 3;
/** Before the first look, so that what starting took is over, in milliseconds. */
const SETTLE = 60_000;
const WINDOW = 60_000;

const AIM = { pss: 90, cpu: 0.5 };
const KINDS = ["Pss", "Rss", "Pss_Anon"] as const;
const MEANING = {
  Pss: "proportional (a shared page counts by its share)",
  Rss: "resident (shared pages count in full for each service)",
  Pss_Anon: "anonymous (not backed by a file)",
};

/** What one look at the services found: memory in MB, CPU time in µs since their start, and the guest's clock in µs. */
interface Look {
  readonly clock: number;
  readonly memory: Readonly<Record<Service, Readonly<Record<string, number>>>>;
  readonly cpu: Readonly<Record<Service, number>>;
}

/** Memory of the three services and their idle CPU time, with one workload running. */
export async function benchMemory({ rounds = ROUNDS, progress }: BenchOptions): Promise<Result[]> {
  const appliance = await Appliance.start(await prepare(progress), progress, { name: "bench", device: "bench" });
  try {
    await progress.step("Boot", async () => {
      await appliance.lanReady();
      await appliance.online();
    });
    await progress.step("The example's workload", async () => {
      const { code, stderr } = await appliance.overFleet(["apply", MANIFEST]);
      if (code !== 0) throw new Error(`apply: ${stderr}`);
      await delay(SETTLE);
    });
    const windows: { before: Look; after: Look }[] = [];
    await progress.step(`memory and idle CPU: ${rounds} rounds`, async () => {
      for (let round = 0; round < rounds; round++) {
        const before = await look(appliance.machine);
        await delay(WINDOW);
        windows.push({ before, after: await look(appliance.machine) });
      }
    });
    const slowness = await progress.step("How slow the machine's CPU is", () => slownessOf(appliance.machine));
    return [...memoryResults(windows.map(({ after }) => after)), ...cpuResults(windows, slowness)];
  } finally {
    await appliance.stop();
  }
}

function memoryResults(looks: readonly Look[]): Result[] {
  return KINDS.flatMap((kind) => {
    const method = `${kind} of /proc/PID/smaps_rollup, ${MEANING[kind]}, of the main processes, idle, the example's workload running, fleet linked`;
    const of = (look: Look, service: Service) => look.memory[service][kind] ?? Number.NaN;
    const together = looks.map(
      (one): Round => ({
        berth: SERVICES.reduce((sum, service) => sum + of(one, service), 0),
        baselines: kind === "Pss" ? { "the aim": AIM.pss } : {},
      }),
    );
    return [
      resultOf({ metric: `${kind}, three services`, unit: "MB", method }, together),
      ...SERVICES.map((service) =>
        resultOf(
          { metric: `  ${service}`, unit: "MB", method },
          looks.map((one) => ({ berth: of(one, service), baselines: {} })),
        ),
      ),
    ];
  });
}

/** Turns of a shell's loop, the yardstick: plain user code, the kind of work emulation slows down least. */
const TURNS = 300_000;
const YARDSTICK = `i=0; while [ $i -lt ${TURNS} ]; do i=$((i+1)); done; times`;

/** How many times as much CPU time the same work takes in the machine as on its host. Under emulation far from 1. */
async function slownessOf(machine: Machine): Promise<number> {
  return userSeconds(await mustExec(machine, YARDSTICK)) / userSeconds(await run(["sh", "-c", YARDSTICK]));
}

/** The shell's own user time of what `times` prints (POSIX: `0m1.25s 0m0.50s`, its children's on a second line). */
function userSeconds(times: string): number {
  const found = /^([0-9]+)m([0-9.]+)s/.exec(times);
  return Number(found?.[1]) * 60 + Number(found?.[2]);
}

function cpuResults(windows: readonly { before: Look; after: Look }[], slowness: number): Result[] {
  const unit = "% of a CPU";
  const method = `usage_usec of each unit's cgroup over ${WINDOW / 1000} s without orders or clients, the example's workload and its health check running`;
  const here = `${method}, divided by how many times as much user time ${TURNS} turns of a shell's loop took in the machine as on its host in the same run`;
  const share = ({ before, after }: { before: Look; after: Look }, service: Service) =>
    (100 * (after.cpu[service] - before.cpu[service])) / (after.clock - before.clock);
  const all = (window: { before: Look; after: Look }) =>
    SERVICES.reduce((sum, service) => sum + share(window, service), 0);
  return [
    resultOf(
      { metric: "idle CPU, as the machine counts it", unit, method },
      windows.map((window) => ({ berth: all(window), baselines: {} })),
    ),
    resultOf({ metric: "  the machine's CPU beside the host's", unit: "times as slow", method: here }, [
      { berth: slowness, baselines: {} },
    ]),
    resultOf(
      { metric: "idle CPU, on a CPU like the host's", unit, method: here },
      windows.map((window) => ({ berth: all(window) / slowness, baselines: { "the aim": AIM.cpu } })),
    ),
    ...SERVICES.map((service) =>
      resultOf(
        { metric: `  ${service}`, unit, method: here },
        windows.map((window) => ({ berth: share(window, service) / slowness, baselines: {} })),
      ),
    ),
  ];
}

async function look(machine: Machine): Promise<Look> {
  const script = SERVICES.map(
    (service) => `echo service ${service}
      cat /proc/$(systemctl show --property MainPID --value ${unitOf(service)})/smaps_rollup
      cat /sys/fs/cgroup$(systemctl show --property ControlGroup --value ${unitOf(service)})/cpu.stat`,
  );
  const text = await mustExec(machine, `${script.join("\n")}\necho uptime; cat /proc/uptime`);
  const part = (service: Service) => text.split(`service ${service}\n`)[1]?.split("\nservice ")[0] ?? "";
  const number = (from: string, pattern: RegExp) => Number(pattern.exec(from)?.[1] ?? Number.NaN);
  const memory = (service: Service) =>
    Object.fromEntries(
      KINDS.map((kind) => [kind, (number(part(service), new RegExp(`^${kind}: +([0-9]+) kB`, "m")) * 1024) / 1e6]),
    );
  const cpu = (service: Service) => number(part(service), /^usage_usec ([0-9]+)/m);
  return {
    clock: number(text, /uptime\n([0-9.]+)/) * 1e6,
    memory: {
      supervisor: memory("supervisor"),
      agent: memory("agent"),
      admin: memory("admin"),
      collector: memory("collector"),
    },
    cpu: { supervisor: cpu("supervisor"), agent: cpu("agent"), admin: cpu("admin"), collector: cpu("collector") },
  };
}
