/**
 * `bun run bench NAME… [--json FILE] [--rounds N]`: measures, prints a table and writes the results as JSON. Without a
 * name it lists what can be measured.
 */
import { parseArgs } from "node:util";
import { Progress } from "../../image/progress.ts";
import { stopAll } from "../rig/cleanup.ts";
import { benchAccept } from "./accept/accept.ts";
import { benchBoot } from "./boot.ts";
import { benchContainers } from "./containers/containers.ts";
import { benchImage } from "./image/image.ts";
import { benchMany } from "./many.ts";
import { benchMemory } from "./memory.ts";
import type { Benchmark } from "./options.ts";
import { benchPull } from "./pull/pull.ts";
import { formatTable, type Result, writeResults } from "./result.ts";
import { benchStart } from "./start/start.ts";

const BENCHMARKS: ReadonlyMap<string, { readonly about: string; readonly run: Benchmark }> = new Map([
  ["accept", { about: "order published to receipt accepted, beside one fdatasync", run: benchAccept }],
  ["start", { about: "order received to process started, beside bare crun run", run: benchStart }],
  [
    "containers",
    { about: "start, stop and memory of containers, beside ctr, podman and docker", run: benchContainers },
  ],
  ["many", { about: "a hundred containers at once in 1 GiB, with the device answering", run: benchMany }],
  ["pull", { about: "an image made ready to run, beside podman, skopeo and umoci, and ctr", run: benchPull }],
  ["memory", { about: "memory and idle CPU of the three services on the booted appliance", run: benchMemory }],
  ["boot", { about: "power on to supervisor ready and LAN API up", run: benchBoot }],
  ["image", { about: "size by content, boot by unit and memory of the images, beside each other", run: benchImage }],
]);

async function main(): Promise<number> {
  const { values, positionals: names } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "string" }, rounds: { type: "string" } },
  });
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const unknown = names.filter((name) => !BENCHMARKS.has(name));
  if (names.length === 0 || unknown.length > 0 || (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))) {
    console.error("bun run bench NAME… [--json FILE] [--rounds N], N being 1 or more, NAME one of:");
    for (const [name, { about }] of BENCHMARKS) console.error(`  ${name.padEnd(12)}${about}`);
    return 2;
  }
  const progress = new Progress();
  const results: Result[] = [];
  for (const name of names) results.push(...((await BENCHMARKS.get(name)?.run({ rounds, progress })) ?? []));
  console.log(`\n${formatTable(results)}`);
  if (values.json !== undefined) writeResults(values.json, results);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await stopAll();
}
process.exit();
