import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { WorkloadInput } from "../../../services/model/workload.ts";
import { waitFor } from "../../rig/wait.ts";
import type { Device } from "../support/device.ts";
import { idler, imageOf } from "../support/manifests.ts";

const RUNS = "/data/berth/volumes/life-runs/data";

/** Workloads that run at times, and what a clock that jumps does to them. */
export function scheduleCases(device: () => Device): void {
  describe("life: schedules", () => {
    const scheduled = (name: string, schedule: WorkloadInput["schedule"], script: string): WorkloadInput => ({
      name,
      image: imageOf("busybox:1"),
      args: ["sh", "-c", script],
      volumes: [{ name: "life-runs", path: "/runs" }],
      schedule,
    });
    /** How often a workload ran, by the lines it wrote. */
    const runs = async (name: string): Promise<number> =>
      Number(await device().shell(`cat ${RUNS}/${name} 2>/dev/null | wc -l`));
    const skipped = async (name: string): Promise<string[]> =>
      (await device().events())
        .filter(({ kind, workload }) => kind === "schedule-skipped" && workload === name)
        .map(({ reason }) => reason?.code ?? "");
    /** Any change of a workload makes the supervisor look at its schedules; else it does once a minute. */
    const look = () => device().succeed({ kind: "restart", workload: "life-idle" });
    const jump = async (offset: number): Promise<void> => {
      await device().shell(`date -s @$(( $(date +%s) + ${offset} ))`);
      await look();
    };

    const toHostTime = async (): Promise<void> => {
      await device().shell(`date -s @${Math.round(Date.now() / 1000)}`);
    };

    before(() => device().apply(idler("life-idle")));

    after(() => device().remove("life-idle", "life-minutely", "life-yearly", "life-caught"));

    test("it runs at its time, by a supervisor or the next one, and says when it did", async () => {
      const manifest = scheduled("life-minutely", { cron: "* * * * *" }, "date +%M >>/runs/life-minutely; exit 4");
      const receipt = await device().apply(manifest);
      assert.equal(receipt.exitCode, undefined);
      const before = await device().phase("life-minutely", "scheduled");
      const next = before.schedule?.next ?? "";
      assert.match(next, /T\d\d:\d\d:00\.000Z$/);
      assert.match((await device().appliance.overLan(["ps"])).stdout, /NEXT RUN[\s\S]*^life-minutely +scheduled /m);
      await device().shell("systemctl restart berth-supervisor");
      await device().supervisor();
      // Nobody waits for a whole minute.
      await jump(Math.max(0, 56 - Number(await device().shell("date +%S | sed 's/^0//'"))));
      const status = await waitFor("its run", 180_000, async () => {
        const now = await device().status("life-minutely");
        return now.schedule?.last === undefined ? undefined : now;
      });
      assert.equal(status.schedule?.last?.outcome, "failed", JSON.stringify(status));
      assert.equal(status.schedule?.last?.exitCode, 4, JSON.stringify(status));
      assert.ok(await runs("life-minutely"));
      await device().succeed({ kind: "stop", workload: "life-minutely" });
      assert.equal((await device().status("life-minutely")).schedule?.next, undefined);
      const minutes = (await device().shell(`cat ${RUNS}/life-minutely`)).split("\n");
      assert.equal(new Set(minutes).size, minutes.length, "a time was run twice");
      await toHostTime();
    });

    test("an order starts it at once, and has its exit code", async () => {
      const manifest = scheduled("life-yearly", { cron: "0 0 1 1 *" }, "echo ran >>/runs/life-yearly");
      await device().apply(manifest);
      assert.equal((await device().succeed({ kind: "start", workload: "life-yearly" })).exitCode, 0);
      assert.equal(await runs("life-yearly"), 1);
    });

    test("a clock that jumps ten years ahead, to 1970 and back makes up for one run at most", async () => {
      const caught = { cron: "0 0 1 1 *", missed: "run" } as const;
      await device().apply(scheduled("life-caught", caught, "echo ran >>/runs/life-caught"));
      try {
        await jump(10 * 366 * 86_400);
        await waitFor("the missed run", 60_000, async () => (await runs("life-caught")) === 1);
        await waitFor("word of the missed run", 60_000, async () =>
          (await skipped("life-yearly")).includes("run-missed"),
        );
        // The second day: a kernel takes no time before it was started (settimeofday(2)).
        await jump(-Number(await device().shell("date +%s")) + 86_400);
        await look();
      } finally {
        await toHostTime();
      }
      await look();
      assert.equal(await runs("life-caught"), 1);
      assert.equal(await runs("life-yearly"), 1);
      assert.deepEqual(await skipped("life-yearly"), ["run-missed"]);
      const year = new Date().getUTCFullYear() + 1;
      assert.equal((await device().status("life-caught")).schedule?.next, `${year}-01-01T00:00:00.000Z`);
    });
  });
}
