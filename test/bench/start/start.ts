import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Appliance, prepare, REGISTRY_NAME } from "../../rig/appliance.ts";
import type { Machine } from "../../rig/machine.ts";
import { bundleOf, mustExec, putFile } from "../guest.ts";
import type { BenchOptions } from "../options.ts";
import { median, type Result, resultOf } from "../result.ts";

const WORKLOAD = "bench";
const ROUNDS = 12;
const STAMP = "/data/berth/volumes/bench/data/started";
const MANIFEST = `
name: ${WORKLOAD}
image: ${REGISTRY_NAME}/busybox:1
entrypoint: ["/bin/sh", "-c", ": >/out/started; exec sleep 86400"]
ports: [{ host: 8080, container: 80 }]
limits: { memory: 64Mi, pids: 16 }
volumes: [{ name: bench, path: /out }]
tmpfs: [{ path: /tmp, size: 1Mi }]
stop: { grace: 0s }
`;

const METHOD =
  "Milliseconds from just before POST /v1/orders (action start, the supervisor's socket, a client in the guest) to the mtime of " +
  "the file that the workload's command makes as its first act (kernel's clock, 4 ms). Image and layers present, workload " +
  "stopped: Berth mounts layers and root, makes network namespace, link and firewall rules, and the unit. Beside it `crun run` " +
  "from just before its spawn to the same act, on a copy of the same bundle whose root, layers and network namespace are " +
  "there already, in the same boot, all in each round by turns: without a cgroup of its own, and in a systemd scope. " +
  "An empty unit is `systemd-run --service-type=oneshot /bin/true`.";

const Line = z.object({
  berth: z.object({
    milliseconds: z.number(),
    steps: z.record(z.string(), z.number()),
    /** By control group. */
    processor: z.record(z.string(), z.number()),
  }),
  crun: z.number(),
  scope: z.number(),
  empty: z.number(),
});

/** Container start through Berth beside bare `crun run`, in the booted appliance. */
export async function benchStart({ rounds = ROUNDS, progress }: BenchOptions): Promise<Result[]> {
  const appliance = await Appliance.start(await prepare(progress), progress, { name: "bench", device: "bench" });
  try {
    await progress.step("Boot", () => appliance.lanReady());
    const { machine } = appliance;
    await debugSupervisor(machine);
    await progress.step("First start, with its pull", async () => {
      const manifest = join(appliance.folder, "bench.yaml");
      writeFileSync(manifest, MANIFEST);
      const { code, stderr } = await appliance.overLan(["apply", manifest]);
      if (code !== 0) throw new Error(`apply: ${stderr}`);
    });
    const first = await stepsOf(machine);
    await putFile(machine, "/run/bench-start.js", await bundleOf(join(import.meta.dir, "driver.ts")));
    const output = await progress.step(`start: ${rounds} rounds`, () =>
      mustExec(
        machine,
        `BUN_BE_BUN=1 berth /run/bench-start.js ${WORKLOAD} ${STAMP} ${rounds}`,
        60_000 + rounds * 60_000,
      ),
    );
    const lines = output
      .trim()
      .split("\n")
      .map((line) => Line.parse(JSON.parse(line)));
    const steps = await stepsOf(machine);
    return [
      resultOf(
        { metric: "container start", unit: "ms", method: METHOD },
        lines.map(({ berth, crun, scope, empty }) => ({
          berth: berth.milliseconds,
          baselines: {
            "crun run and an empty unit": crun + empty,
            "crun run": crun,
            "crun run in a scope": scope,
          },
        })),
      ),
      ...Object.keys(lines[0]?.berth.steps ?? {}).map((step) =>
        resultOf(
          { metric: `  until ${step}`, unit: "ms", method: "Of the same starts, since just before the order was sent" },
          lines.map(({ berth }) => ({ berth: berth.steps[step] ?? Number.NaN, baselines: {} })),
        ),
      ),
      ...processorTimes(lines.map(({ berth }) => berth.processor)),
      ...[...steps].map(([step, all]) => ({
        metric: `  step ${step}`,
        unit: "ms",
        berth: Math.round(median(all.slice(-rounds))),
        baselines: { "the first start after boot": Math.round(first.get(step)?.[0] ?? Number.NaN) },
        ratios: {
          "the first start after boot": Number(
            (median(all.slice(-rounds)) / (first.get(step)?.[0] ?? Number.NaN)).toPrecision(3),
          ),
        },
        rounds,
        method: "Of the same starts, as the engine times its steps; some run side by side",
      })),
    ];
  } finally {
    await appliance.stop();
  }
}

/** Who had the processor until the first act, where it was for more than a millisecond. */
function processorTimes(rounds: readonly Readonly<Record<string, number>>[]): Result[] {
  return Object.keys(rounds[0] ?? {})
    .map((group) => ({ group, times: rounds.map((round) => round[group] ?? 0) }))
    .filter(({ times }) => median(times) > 1)
    .sort((one, other) => median(other.times) - median(one.times))
    .map(({ group, times }) =>
      resultOf(
        {
          metric: `  processor ${group}`,
          unit: "ms",
          method: "Of the same starts, until the first act, by control group",
        },
        times.map((time) => ({ berth: time, baselines: {} })),
      ),
    );
}

/** Has the supervisor say how long each step of a start takes: systemd.exec(5), $DEBUG_INVOCATION. */
async function debugSupervisor(machine: Machine): Promise<void> {
  const folder = "/run/systemd/system/berth-supervisor.service.d";
  await mustExec(
    machine,
    `mkdir -p ${folder} && printf '[Service]\\nEnvironment=DEBUG_INVOCATION=1\\n' >${folder}/debug.conf &&
     systemctl daemon-reload && systemctl restart berth-supervisor`,
  );
}

/** The milliseconds of each step of all starts so far, as the supervisor logged them. */
async function stepsOf(machine: Machine): Promise<Map<string, number[]>> {
  const log = await mustExec(machine, "journalctl --unit berth-supervisor --output cat --no-pager");
  const found = new Map<string, number[]>();
  for (const [, step = "", time] of log.matchAll(/workload start step=(\S+) milliseconds=([0-9.]+)/g)) {
    found.set(step, [...(found.get(step) ?? []), Number(time)]);
  }
  return found;
}
