import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ReasonError } from "../../../services/model/reason.ts";
import { waitFor } from "../../rig/wait.ts";
import type { Device } from "../support/device.ts";
import { idler } from "../support/manifests.ts";

/**
 * Shuts a mounted ext4 down without a last word, as it does itself when its disk fails: from then on every access to it
 * that reaches it gives EIO (EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, linux/ext4.h). The device's own executable
 * runs the program, since Bun is in it.
 */
const SHUT_DOWN = `
const { dlopen } = require("bun:ffi");
const { openSync } = require("node:fs");
const { symbols } = dlopen("libc.so.6", { ioctl: { args: ["i32", "u64", "buffer"], returns: "i32" } });
process.exit(symbols.ioctl(openSync("/data", "r"), 0x8004587d, new Uint32Array([2])) === 0 ? 0 : 1);
`;

/** The data disk fails while the device runs. Leaves the machine switched on anew. */
export function deadDiskCases(device: () => Device): void {
  describe("dead disk", () => {
    test("the device says so and takes no order; after a power cycle it is whole again", async () => {
      const { appliance } = device();
      await device().apply(idler("disk-bystander", { volumes: [{ name: "disk-data", path: "/data" }] }));
      const { order } = await device().succeed({
        kind: "exec",
        workload: "disk-bystander",
        command: ["sh", "-c", "echo kept >/data/file && sync"],
      });
      const process = await device().process("disk-bystander");
      await device().shell(`BUN_BE_BUN=1 /usr/bin/berth -e '${SHUT_DOWN}'`);

      await assert.rejects(device().give({ kind: "restart", workload: "disk-bystander" }), (error: unknown) => {
        assert.ok(error instanceof ReasonError);
        assert.match(error.reason.code, /^(database-unusable|database-corrupt|disk-failed)$/);
        assert.match(error.message, /\/data\/berth\/state\.db/);
        return true;
      });
      const problem = await waitFor("The problem", 120_000, async () => {
        const { problems } = await device().lan.call("getDevice");
        return problems.find(({ field }) => field?.startsWith("/data/berth/state.db"));
      });
      assert.match(problem.code, /^(database-unusable|database-corrupt|disk-failed)$/);
      assert.match((await appliance.overLan(["device"])).stdout, /state\.db/);
      assert.deepEqual(await device().process("disk-bystander"), process);

      await appliance.machine.powerCut();
      await appliance.machine.boot();
      await appliance.lanReady();
      await device().phase("disk-bystander", "running");
      assert.equal((await device().lan.call("getOrder", { params: { id: order } })).status, "succeeded");
      const { exec } = await device().succeed({
        kind: "exec",
        workload: "disk-bystander",
        command: ["cat", "/data/file"],
      });
      assert.equal(exec?.stdout, "kept\n");
      await device().succeed({ kind: "remove", workload: "disk-bystander", volumes: true });
    });
  });
}
