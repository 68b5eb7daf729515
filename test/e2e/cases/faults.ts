import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { isFinal } from "../../../services/model/receipt.ts";
import { delay, waitFor } from "../../rig/wait.ts";
import type { Device } from "../support/device.ts";
import { pushWithBallast } from "../support/images.ts";
import { manifestFile } from "../support/manifest-file.ts";
import { idler, imageOf } from "../support/manifests.ts";

const BALLAST_MEBIBYTES = 48;
const RANDOM_KILLS = 6;
/** Around a kill an order may take this long to be taken, written down and carried out, in milliseconds. */
const KILL_WITHIN = 1500;

/** What dies in the middle of an order and comes back: every accepted order ends, and what runs is not touched. */
export function faultCases(device: () => Device): void {
  describe("faults", () => {
    let process: { pid: number; started: string };

    before(async () => {
      await device().apply(idler("bystander"));
      process = await device().process("bystander");
    });

    afterEach(async () => {
      assert.deepEqual(await device().process("bystander"), process, "a workload nobody asked about was disturbed");
      await waitFor("bystander running", 60_000, async () => (await device().status("bystander")).phase === "running");
    });

    after(() => device().remove("bystander"));

    /** Kills the supervisor with SIGKILL and waits for the next one. */
    const killSupervisor = async () => {
      const before_ = await device().shell("systemctl show --value -p MainPID berth-supervisor");
      await device().shell(`kill -KILL ${before_}`);
      const now = await device().supervisor();
      assert.notEqual(now, Number(before_));
    };
    /** The receipts an order that succeeded has, whatever happened meanwhile: each once, in order. */
    const endsOnce = async (order: string) => {
      assert.equal((await device().end(order)).status, "succeeded");
      assert.deepEqual(
        (await device().receipts(order)).map(({ status }) => status),
        ["accepted", "running", "succeeded"],
      );
    };

    test("the broker is killed and started again in the middle of an order", async () => {
      const { appliance } = device();
      const following = appliance.overFleet(["apply", manifestFile(device(), idler("courier"))], { timeout: 120_000 });
      const order = await waitFor("The order", 60_000, async () => (await device().status("courier")).order);
      await appliance.fleet.broker.kill();
      assert.equal((await device().end(order)).status, "succeeded");
      await appliance.fleet.broker.resume();
      const { code, stdout } = await following;
      assert.equal(code, 0, stdout);
      assert.match(stdout, /apply courier: succeeded/);
      const statuses = async () => (await device().receipts(order, device().fleet)).map(({ status }) => status);
      assert.deepEqual(await statuses(), ["accepted", "running", "succeeded"]);
      await device().remove("courier");
    });

    test("the broker loses an order given while the device is away: it is brought again", async () => {
      const { appliance } = device();
      await device().shell("systemctl stop berth-agent");
      await waitFor("The fleet's word that it is away", 60_000, async () => !(await appliance.isOnline()));
      const detached = await appliance.overFleet(["apply", "--detach", manifestFile(device(), idler("late"))]);
      assert.equal(detached.code, 0, detached.stderr);
      await appliance.fleet.broker.kill();
      await appliance.fleet.broker.resume();
      await device().shell("systemctl start berth-agent");
      await device().phase("late", "running");
      await device().remove("late");
    });

    test("the supervisor is killed in the middle of a pull, which goes on where it was", async () => {
      await pushWithBallast(device(), "ballast:1", BALLAST_MEBIBYTES);
      const { order } = await device().give({
        kind: "apply",
        manifest: idler("heavy", { image: imageOf("ballast:1") }),
      });
      const partial = "find /data/berth/images/partial -type f -size +8192k -exec stat -c %s {} ';'";
      const before_ = await waitFor("A part of the layer", 60_000, async () => Number(await device().shell(partial)));
      await killSupervisor();
      const after_ = Number(await device().shell(`${partial} || true`));
      // A part that was there is kept; no number means that the pull was done already.
      assert.ok(after_ === 0 || after_ >= before_, `${after_} of ${before_}`);
      await endsOnce(order);
      assert.equal((await device().status("heavy")).phase, "running");
      assert.equal(
        await device().shell(`${partial}; ls -A /data/berth/images/temporary /data/berth/images/pulls`),
        ["/data/berth/images/pulls:", "", "/data/berth/images/temporary:"].join("\n"),
      );
      await device().remove("heavy");
    });

    test("the supervisor is killed in the middle of a plan, between stop and start", async () => {
      const slow = { stop: { signal: "SIGTERM", grace: "3s" } };
      await device().apply(idler("changing", slow));
      const old = await device().process("changing");
      const manifest = idler("changing", { ...slow, env: { VERSION: "2" } });
      const { order } = await device().give({ kind: "apply", manifest });
      await device().phase("changing", "stopping");
      await killSupervisor();
      await endsOnce(order);
      assert.notDeepEqual(await device().process("changing"), old);
      const { exec } = await device().succeed({
        kind: "exec",
        workload: "changing",
        command: ["sh", "-c", "echo $VERSION"],
      });
      assert.equal(exec?.stdout.trim(), "2");
      await device().remove("changing");
    });

    test("the supervisor is killed at random moments while orders come", async () => {
      const orders: string[] = [];
      for (let round = 1; round <= RANDOM_KILLS; round++) {
        const manifest = idler("shaken", { env: { ROUND: `${round}` } });
        const moment = Math.random() * KILL_WITHIN;
        const killed = delay(moment).then(() => killSupervisor());
        const id = crypto.randomUUID();
        // Like any client: the same id until there is an answer.
        await waitFor(`An answer to order ${round}`, 60_000, () => device().give({ kind: "apply", manifest }, id));
        orders.push(id);
        await killed.catch((error: unknown) => {
          throw new Error(`round ${round}, killed after ${Math.round(moment)} ms`, { cause: error });
        });
      }
      for (const id of orders) {
        const last = await device().end(id);
        assert.ok(["succeeded", "superseded"].includes(last.status), JSON.stringify(last));
        const statuses = (await device().receipts(id)).map(({ status }) => status);
        assert.equal(statuses[0], "accepted");
        assert.equal(new Set(statuses).size, statuses.length, `${statuses}`);
        assert.equal(statuses.filter(isFinal).length, 1, `${statuses}`);
      }
      assert.equal((await device().end(orders.at(-1) ?? "")).status, "succeeded");
      const { exec } = await device().succeed({
        kind: "exec",
        workload: "shaken",
        command: ["sh", "-c", "echo $ROUND"],
      });
      assert.equal(exec?.stdout.trim(), `${RANDOM_KILLS}`);
      // One process, one container, one unit of each.
      assert.equal(await device().shell("crun --root /run/berth/crun list -q | sort"), "bystander\nshaken");
      const processes = await device().shell("cat /proc/[0-9]*/comm 2>/dev/null | grep -cx sleep");
      assert.equal(processes, "2");
      const adopted = (await device().events()).filter(
        ({ kind, workload }) => kind === "workload-adopted" && workload === "bystander",
      );
      assert.ok(adopted.length >= RANDOM_KILLS);
      await device().remove("shaken");
    });
  });
}
