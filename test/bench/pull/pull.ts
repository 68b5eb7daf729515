import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { debianBase } from "../../../image/base/debian.ts";
import { run } from "../../../image/command.ts";
import { compileExecutable } from "../../../image/executable.ts";
import { openImageStore } from "../../../services/images/store.ts";
import { buildLayout } from "../../rig/oci-layout.ts";
import { installPackages } from "../../rig/packages.ts";
import { Registry } from "../../rig/registry.ts";
import { rigFolder } from "../../rig/rig-folder.ts";
import type { BenchOptions } from "../options.ts";
import { type Result, type Round, resultOf } from "../result.ts";
import { ctr, type Puller, podman, umoci } from "./engines.ts";

const ROUNDS = 10;
const NAME = "registry.bench";
const REFERENCE = "big:1";
/** Each a layer of the image: programs, libraries and data of the Debian base; one more holds Berth's own executable. */
const LAYERS = ["usr/lib", "usr/bin", "usr/sbin", "usr/share"];

const METHOD =
  "Milliseconds from an empty store to the image ready to run (Berth: layers as EROFS files with their digests checked; the others: " +
  "layers unpacked), from one registry on loopback, on this host, in each round by turns; caches of the kernel as they are.";

/** An image made ready to run by the appliance's own store and by other engines, on this host. */
export async function benchPull({ rounds = ROUNDS, progress }: BenchOptions): Promise<Result[]> {
  await installPackages(progress, "bench");
  const base = await debianBase(progress);
  const folder = rigFolder("bench-pull");
  const registry = await Registry.start("bench-pull-registry");
  const size = await progress.step("An image of some hundred MB", async () => {
    const layers = LAYERS.map((path, index) => {
      const layer = join(folder, `layer${index}`);
      mkdirSync(join(layer, path, ".."), { recursive: true });
      cpSync(join(base.tree, path), join(layer, path), { recursive: true, verbatimSymlinks: true });
      return layer;
    });
    const program = join(folder, "program");
    mkdirSync(join(program, "opt"), { recursive: true });
    cpSync(await compileExecutable(), join(program, "opt/berth"));
    layers.push(program);
    const layout = join(folder, "image");
    await buildLayout(layout, "x86_64", layers, [["config.cmd", "/bin/sh"]]);
    await registry.push(`${layout}:1`, REFERENCE);
    const [bytes = "0"] = (await run(["du", "-sb", "--total", ...layers])).trim().split("\n").at(-1)?.split("\t") ?? [];
    for (const path of [...layers, layout]) rmSync(path, { recursive: true });
    return Number(bytes);
  });
  progress.note(`  ${Math.round(size / 1e6)} MB unpacked`);
  const others = [podman(folder), umoci(folder), await ctr(folder)];
  try {
    const measured: Round[] = [];
    await progress.step(`pull: ${rounds} rounds`, async () => {
      for (let round = 0; round < rounds; round++) measured.push(await one(round, others));
    });
    return [resultOf({ metric: "image ready to run", unit: "ms", method: METHOD }, measured)];
  } finally {
    for (const other of others) await other.stop();
    await registry.stop();
  }

  async function one(round: number, engines: readonly Puller[]): Promise<Round> {
    let berth = Number.NaN;
    const baselines: Record<string, number> = {};
    const acts = [
      async () => {
        const directory = join(folder, "berth");
        const registries = { [NAME]: { endpoint: `http://${registry.address}` } };
        const before = performance.now();
        const store = await openImageStore({
          directory,
          registries,
          architecture: "amd64",
          openLayer: () => Promise.reject(new Error("nothing is exported here")),
          mkfs: base.mkfsErofs,
        });
        await store.pull(`${NAME}/${REFERENCE}`, { signal: new AbortController().signal, onProgress: () => {} });
        berth = performance.now() - before;
        rmSync(directory, { recursive: true });
      },
      ...engines.map((engine) => async () => {
        const before = performance.now();
        await engine.pull(`${registry.address}/${REFERENCE}`);
        baselines[engine.name] = performance.now() - before;
        await engine.clear();
      }),
    ];
    // Each in each place by turns.
    for (let turn = 0; turn < round % acts.length; turn++) acts.push(...acts.splice(0, 1));
    for (const act of acts) await act();
    return { berth, baselines };
  }
}
