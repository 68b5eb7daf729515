import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { boardNames } from "../../../buildroot/defconfig.ts";
import { readBoard } from "../../board.ts";
import { PROJECT } from "../../paths.ts";
import { inputsOf, staleTargets } from "./stale.ts";

test("what changed is built anew, what is new or the same is not", () => {
  const before = { "linux-reconfigure": "1", "qemu-reconfigure": "1" };
  const now = { "linux-reconfigure": "2", "qemu-reconfigure": "1", "busybox-reconfigure": "1" };
  assert.deepEqual(staleTargets(before, now), ["linux-reconfigure"]);
});

test("every board has the files that its build depends on", () => {
  for (const name of boardNames()) {
    for (const { paths } of inputsOf(name, readBoard(name).architecture)) {
      for (const path of paths) assert.ok(existsSync(join(PROJECT, path)), path);
    }
  }
});
