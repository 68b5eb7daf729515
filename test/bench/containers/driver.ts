import { mkdirSync, rmSync } from "node:fs";
import { command } from "../device/command.ts";
import { now, pause, stamped } from "../device/stamp.ts";
import { carryOut, ended, give } from "../device/supervisor.ts";
import { type Engine, engines } from "./engines.ts";
import { memoryOf } from "./memory.ts";

/**
 * Runs on the device: measures starts, stops and memory of containers through Berth and through other engines, by turns.
 * driver.ts WORKLOAD REGISTRY IMAGE ROUNDS COUNTS; prints a JSON line for each round and for each count. The workload is there,
 * and its command makes a file as its first act, like those of the engines beside it.
 */
const [workload = "", registry = "", image = "", roundsText = "", countsText = ""] = process.argv.slice(2);
const OUT = "/data/bench/out";
const BERTH_STAMP = `/data/berth/volumes/${workload}/started`;
const BERTH_PROGRAMS = ["berth", "cat"];

/** One start and one stop, in milliseconds. */
interface Life {
  readonly start: number;
  readonly stop: number;
}

async function lifeThroughBerth(): Promise<Life> {
  rmSync(BERTH_STAMP, { force: true });
  const before = now();
  const { order } = await give({ kind: "start", workload });
  const start = (await stamped(BERTH_STAMP)) - before;
  await ended(order);
  const asked = now();
  await carryOut({ kind: "stop", workload });
  return { start, stop: now() - asked };
}

async function lifeThrough(engine: Engine): Promise<Life> {
  rmSync(`${OUT}/started`, { force: true });
  const before = now();
  engine.run("bench", image, OUT);
  const start = (await stamped(`${OUT}/started`)) - before;
  await pause(300);
  const asked = now();
  engine.stop("bench");
  return { start, stop: now() - asked };
}

/** A unit whose program does nothing: what systemd itself takes. */
function emptyUnit(): number {
  const before = now();
  command("systemd-run", "--quiet", "--collect", "--service-type=oneshot", "/bin/true");
  return now() - before;
}

/** Bytes that `count` containers add to what an engine and its monitors hold. */
async function memoryThrough(engine: Engine, count: number): Promise<number> {
  const before = memoryOf(engine.programs);
  const ids = Array.from({ length: count }, (_, index) => `many-${index}`);
  for (const id of ids) engine.run(id, image, OUT);
  await pause(5_000);
  const after = memoryOf(engine.programs);
  for (const id of ids) engine.stop(id);
  return (after - before) / count;
}

async function memoryThroughBerth(count: number): Promise<number> {
  const before = memoryOf(BERTH_PROGRAMS);
  const names = Array.from({ length: count }, (_, index) => `many-${index}`);
  const command = ["/bin/sh", "-c", "exec sleep 86400"];
  const stop = { signal: "SIGKILL" };
  await Promise.all(
    names.map((name) => carryOut({ kind: "apply", manifest: { name, image, entrypoint: command, stop } })),
  );
  await pause(15_000);
  const after = memoryOf(BERTH_PROGRAMS);
  await Promise.all(names.map((name) => carryOut({ kind: "remove", workload: name })));
  return (after - before) / count;
}

mkdirSync(OUT, { recursive: true });
const others = engines(registry);
for (const engine of others) engine.prepare(image);
await carryOut({ kind: "stop", workload });
for (let round = 0; round < Number(roundsText); round++) {
  const lives: Record<string, Life> = {};
  let empty = Number.NaN;
  const acts: (() => Promise<void>)[] = [
    async () => {
      lives.berth = await lifeThroughBerth();
    },
    ...others.map((engine) => async () => {
      lives[engine.name] = await lifeThrough(engine);
    }),
    async () => {
      empty = emptyUnit();
    },
  ];
  // Each in each place by turns.
  for (let turn = 0; turn < round % acts.length; turn++) acts.push(...acts.splice(0, 1));
  for (const act of acts) {
    await act();
    await pause(500);
  }
  console.log(JSON.stringify({ lives, empty }));
}
for (const count of countsText.split(",").filter((text) => text !== "")) {
  const memory: Record<string, number> = { berth: await memoryThroughBerth(Number(count)) };
  for (const engine of others) memory[engine.name] = await memoryThrough(engine, Number(count));
  console.log(JSON.stringify({ count: Number(count), memory }));
}
