import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ReasonError } from "../../../services/model/reason.ts";
import { waitFor } from "../../rig/wait.ts";
import type { Device } from "../support/device.ts";
import { idler } from "../support/manifests.ts";

const FILE = "/data/berth/state.db";

/** The last case of its machine: there is no way back. */
export function databaseCases(device: () => Device): void {
  describe("damaged database", () => {
    test("it is told and left as it is, orders are refused, and workloads run on", async () => {
      await device().apply(idler("survivor"));
      const process = await device().process("survivor");
      await device().shell("systemctl stop berth-supervisor");
      const size = Number(await device().shell(`stat -c %s ${FILE}`));
      const middle = Math.floor(size / 2 / 4096);
      await device().shell(`dd if=/dev/urandom of=${FILE} bs=4096 seek=${middle} count=2 conv=notrunc status=none`);
      const sums = () => device().shell(`sha256sum ${FILE}`);
      const before_ = await sums();
      await device().shell("systemctl start berth-supervisor");

      const code = (error: unknown) => error instanceof ReasonError && error.reason.code === "database-corrupt";
      const about = await waitFor("The device", 60_000, () => device().lan.call("getDevice"));
      const problem = about.problems.find((one) => one.code === "database-corrupt");
      assert.equal(problem?.field, FILE);
      assert.ok(problem.allowed !== undefined);
      assert.match((await device().appliance.overLan(["device"])).stdout, /state\.db is damaged/);
      await assert.rejects(device().give({ kind: "stop", workload: "survivor" }), code);
      await assert.rejects(device().lan.call("getState"), code);
      // Again at the next start, after a kill, it is the same.
      await device().shell("systemctl kill -s KILL --kill-whom=main berth-supervisor");
      await waitFor("The device, again", 60_000, async () => {
        const again = await device().lan.call("getDevice");
        return again.problems.some((one) => one.code === "database-corrupt");
      });
      assert.equal(await sums(), before_, "a byte of it was changed");
      assert.deepEqual(await device().process("survivor"), process);
      assert.equal(await device().shell("systemctl is-active berth-workload-survivor"), "active");
    });
  });
}
