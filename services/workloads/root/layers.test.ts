import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { ENGINE_PATHS } from "../instance/paths.ts";
import type { Libc } from "../kernel/libc.ts";
import { unmountIdmapped } from "./layers.ts";

let runtime: string;
beforeEach(async () => {
  runtime = await mkdtemp(join(tmpdir(), "berth-layers-"));
});
afterEach(() => rm(runtime, { recursive: true }));

/** Nothing is mounted here, so nothing may be unmounted. */
const libc: Pick<Libc, "unmount"> = {
  unmount: (target) => assert.fail(`${target} is not mounted`),
};

test("the place of a range goes with its workload, even where its mount is gone already", async () => {
  const paths = { ...ENGINE_PATHS, runtime };
  unmountIdmapped(libc, paths, new Set());
  for (const first of ["65536", "131072"]) await mkdir(`${runtime}/i/${first}`, { recursive: true });
  unmountIdmapped(libc, paths, new Set([131072]));
  assert.deepEqual(await readdir(`${runtime}/i`), ["131072"]);
});
