import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readList } from "../../../image/list-file.ts";
import { Appliance, prepare, REGISTRY_NAME } from "../../rig/appliance.ts";
import { bundleOf, mustExec, putFile } from "../guest.ts";
import type { BenchOptions } from "../options.ts";
import { type Result, type Round, resultOf } from "../result.ts";

const ROUNDS = 10;
/** How many containers are held at once while memory is looked at. */
const COUNTS = [1, 10];
const WORKLOAD = "bench";
const MANIFEST = `
name: ${WORKLOAD}
image: ${REGISTRY_NAME}/busybox:1
entrypoint: ["/bin/sh", "-c", ": >/out/started; exec sleep 86400"]
limits: { memory: 64Mi, pids: 16 }
volumes: [{ name: bench, path: /out }]
stop: { grace: 0s }
`;

const Line = z.object({
  lives: z.record(z.string(), z.object({ start: z.number(), stop: z.number() })),
  empty: z.number(),
});
const MemoryLine = z.object({ count: z.number(), memory: z.record(z.string(), z.number()) });

const START =
  "Milliseconds from just before the order (Berth: POST /v1/orders on the supervisor's socket, workload stopped, with a network " +
  "of its own) or the spawn of the engine's client (detached, --network none, same limits, read-only root, same image) to the " +
  "mtime of the file that the command makes as its first act; all in one boot, in each round by turns. An empty unit is " +
  "`systemd-run --service-type=oneshot /bin/true`.";
const STOP =
  "Milliseconds from just before the order or the engine's client to its end, without any grace, and forgotten.";
const MEMORY =
  "What N containers add to the PSS of the engine's daemons and monitors (Berth: its services and what carries output), " +
  "divided by N; the containers' own processes left out.";

/** Containers through Berth and through containerd, podman and docker, in one booted appliance with Debian's packages of them. */
export async function benchContainers({ rounds = ROUNDS, progress }: BenchOptions): Promise<Result[]> {
  const packages = readList(join(import.meta.dir, "packages.txt"));
  const prepared = await prepare(progress, { name: "engines", packages });
  const options = { name: "bench", device: "bench", memory: 2048, diskSize: 8 };
  const appliance = await Appliance.start(prepared, progress, options);
  try {
    await progress.step("Boot", () => appliance.lanReady());
    const { machine, registry } = appliance;
    await progress.step("First start, with its pull", async () => {
      const manifest = join(appliance.folder, "bench.yaml");
      writeFileSync(manifest, MANIFEST);
      const { code, stderr } = await appliance.overLan(["apply", manifest]);
      if (code !== 0) throw new Error(`apply: ${stderr}`);
    });
    await putFile(machine, "/run/bench-containers.js", await bundleOf(join(import.meta.dir, "driver.ts")));
    const image = `${registry.guestAddress}/busybox:1`;
    const counts = COUNTS.join(",");
    const output = await progress.step(`containers: ${rounds} rounds, then ${counts} at once`, () =>
      mustExec(
        machine,
        `cd /data && HOME=/data/bench BUN_BE_BUN=1 berth /run/bench-containers.js ${WORKLOAD} ${registry.guestAddress} ${image} ${rounds} ${counts} 2>&1`,
        3_600_000,
      ),
    );
    return resultsOf(output);
  } finally {
    await appliance.stop();
  }
}

function resultsOf(output: string): Result[] {
  const objects: unknown[] = output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  const lines = objects.map((one) => Line.safeParse(one)).flatMap(({ data }) => (data === undefined ? [] : [data]));
  const memories = objects
    .map((one) => MemoryLine.safeParse(one))
    .flatMap(({ data }) => (data === undefined ? [] : [data]));
  const roundsOf = (act: "start" | "stop", more: (line: z.infer<typeof Line>) => Record<string, number>): Round[] =>
    lines.map((line) => {
      const { berth, ...others } = line.lives;
      const baselines = Object.fromEntries(Object.entries(others).map(([name, life]) => [name, life[act]]));
      return { berth: berth?.[act] ?? Number.NaN, baselines: { ...baselines, ...more(line) } };
    });
  return [
    resultOf(
      { metric: "container start", unit: "ms", method: START },
      roundsOf("start", ({ empty, lives }) => ({
        "crun run and an empty unit": empty + (lives["crun run"]?.start ?? Number.NaN),
      })),
    ),
    resultOf(
      { metric: "container stop", unit: "ms", method: STOP },
      roundsOf("stop", () => ({})),
    ),
    ...memories.map(({ count, memory: { berth = Number.NaN, ...baselines } }) =>
      resultOf({ metric: `memory beside each of ${count}`, unit: "MB", method: MEMORY }, [
        {
          berth: berth / 1e6,
          baselines: Object.fromEntries(Object.entries(baselines).map(([name, bytes]) => [name, bytes / 1e6])),
        },
      ]),
    ),
  ];
}
