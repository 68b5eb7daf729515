import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Stats } from "../../../services/model/stats.ts";
import { helperTasks } from "../../../services/workloads/unit/unit-limits.ts";
import { waitFor } from "../../rig/wait.ts";
import { type Device, unitOf } from "../support/device.ts";
import { idler } from "../support/manifests.ts";

const MEBIBYTE = 2 ** 20;

/** How much of the device a workload may use, what is kept for it, and what happens at the limits. */
export function limitsCases(device: () => Device): void {
  describe("limits", () => {
    const cgroup = (workload: string) => `/sys/fs/cgroup/berth.slice/${unitOf(workload)}`;
    const kernel = (file: string, workload = "limits-all") => device().shell(`cat ${cgroup(workload)}/${file}`);
    const inside = async (workload: string, script: string) => {
      const { exec } = await device().succeed({ kind: "exec", workload, command: ["sh", "-c", script] });
      assert.ok(exec);
      assert.equal(exec.exitCode, 0, exec.stderr);
      return exec.stdout.trim();
    };

    before(() =>
      device().apply(
        idler("limits-all", {
          limits: {
            cpus: "500m",
            cpuWeight: 20,
            memory: "64Mi",
            memoryHigh: "48Mi",
            pids: 32,
            io: { weight: 50, readBandwidth: "8Mi", writeBandwidth: "4Mi", readIops: 500, writeIops: 250 },
            openFiles: 256,
            shm: "1Mi",
          },
          reserve: { cpus: "100m", memory: "32Mi" },
        }),
      ),
    );

    after(() => device().remove("limits-all"));

    test("the kernel holds a workload to every limit, and keeps what is reserved", async () => {
      assert.equal(await kernel("cpu.max"), "50000 100000");
      assert.equal(await kernel("cpu.weight"), "20");
      assert.equal(await kernel("memory.max"), `${64 * MEBIBYTE}`);
      assert.equal(await kernel("memory.high"), `${48 * MEBIBYTE}`);
      assert.equal(await kernel("memory.swap.max"), "0");
      assert.equal(await kernel("memory.low"), `${32 * MEBIBYTE}`);
      assert.equal(await kernel("pids.max"), `${32 + helperTasks({ init: false })}`);
      const disk = await device().shell("cat /sys/block/vda/dev");
      assert.equal(await kernel("io.max"), `${disk} rbps=8388608 wbps=4194304 riops=500 wiops=250`);
      assert.match(await kernel("io.bfq.weight"), /\b50$/);
      assert.match(await device().shell("cat /sys/block/vda/queue/scheduler"), /\[bfq\]/);
      const slice = await device().shell("cat /sys/fs/cgroup/berth.slice/memory.low");
      assert.ok(Number(slice) >= 32 * MEBIBYTE, slice);
    });

    test("from inside, open files and shared memory end where they shall", async () => {
      assert.match(await inside("limits-all", "cat /proc/1/limits"), /^Max open files +256 +256 /m);
      assert.equal(await inside("limits-all", "ulimit -n; ulimit -Hn"), "256\n256");
      assert.equal(await inside("limits-all", "df -k /dev/shm | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2"), "1024");
      const fill = "head -c 2097152 /dev/zero >/dev/shm/full 2>/dev/null; wc -c </dev/shm/full; rm /dev/shm/full";
      assert.equal(await inside("limits-all", fill), `${MEBIBYTE}`);
    });

    test("an order that promises more than the device has is rejected, with the sums", async () => {
      const receipt = await device().order({
        kind: "apply",
        manifest: idler("limits-greedy", { reserve: { memory: "100Gi" } }),
      });
      assert.equal(receipt.status, "rejected");
      assert.equal(receipt.reason?.code, "capacity-exceeded");
      assert.equal(receipt.reason?.field, "manifest.reserve.memory");
      assert.match(
        receipt.reason?.message ?? "",
        /would reserve 100\.0 GiB of memory; the device has .*iB, keeps 256\.0 MiB for itself, .* \(limits-all 32\.0 MiB\)/,
      );
    });

    test("stats shows what it uses beside its limits, over the LAN", async () => {
      const ran = await device().appliance.overLan(["stats", "--no-stream", "--json", "limits-all"]);
      assert.equal(ran.code, 0, ran.stderr);
      const [workload] = Stats.parse(JSON.parse(ran.stdout)).workloads;
      assert.equal(workload?.phase, "running");
      const { usage } = workload;
      assert.equal(usage?.cpu.limit, 50);
      assert.equal(usage.memory.limit, 64 * MEBIBYTE);
      assert.ok(usage.memory.current > 0 && (usage.memory.peak ?? 0) >= usage.memory.current);
      assert.equal(usage.pids.limit, 32);
      assert.ok(usage.pids.current >= 1);
      assert.ok(usage.network !== undefined);
      const table = await device().appliance.overLan(["stats", "--no-stream"]);
      assert.match(table.stdout, /^limits-all +\d+\.\d \/ 50 +\S+ [KM]iB \/ 64\.0 MiB /m);
    });

    test("stats shows the same over the fleet, by a signed order, once and as a stream", async () => {
      const once = await device().appliance.overFleet(["stats", "--no-stream", "--json", "limits-all"]);
      assert.equal(once.code, 0, once.stderr);
      assert.equal(Stats.parse(JSON.parse(once.stdout)).workloads[0]?.usage?.memory.limit, 64 * MEBIBYTE);
      const seconds: number[] = [];
      for await (const { data } of device().fleet.follow("followStats", { query: { follow: true, interval: 1 } })) {
        seconds.push(data.workloads.find(({ name }) => name === "limits-all")?.usage?.cpu.seconds ?? -1);
        if (seconds.length === 2) break;
      }
      assert.ok(
        seconds.every((one) => one > 0),
        `${seconds}`,
      );
      const asked = (await device().lan.call("listOrders")).filter(({ action }) => action?.kind === "stats");
      assert.deepEqual(new Set(asked.map(({ origin, verified }) => `${origin} ${verified}`)), new Set(["fleet true"]));
    });

    test("beyond its memory the kernel ends it, and its status says how much it used of how much", async () => {
      const args = ["sh", "-c", "sleep 2; tail /dev/zero"];
      await device().apply(idler("limits-hungry", { args, limits: { memory: "16Mi" }, restart: { policy: "never" } }));
      const { reason } = await device().phase("limits-hungry", "failed");
      assert.equal(reason?.code, "out-of-memory");
      assert.equal(reason.message, "the kernel ended it: used 16.0 MiB of 16.0 MiB allowed");
      const told = (await device().events()).find(
        ({ kind, workload }) => kind === "workload-exited" && workload === "limits-hungry",
      );
      assert.equal(told?.reason?.code, "out-of-memory");
      await device().remove("limits-hungry");
    });

    test("a fork bomb stays within its limit, the device answers, and an event tells", async () => {
      const args = ["sh", "-c", "f() { f | f & }; f; exec sleep 1000000"];
      await device().apply(idler("limits-bomb", { args, limits: { pids: 24, cpus: "500m" } }));
      const event = await waitFor("The event", 120_000, async () => {
        assert.ok(Number(await kernel("pids.current", "limits-bomb")) <= 24 + helperTasks({ init: false }));
        const events = await device().events();
        return events.find(({ kind, workload }) => kind === "workload-limited" && workload === "limits-bomb");
      });
      assert.equal(event.reason?.code, "pids-limit");
      assert.match(event.message, /its limit of 24: \d+ refused/);
      assert.match(await kernel("pids.events", "limits-bomb"), /^max [1-9]/);
      assert.equal((await device().status("limits-all")).phase, "running");
      assert.equal(await inside("limits-all", "echo here"), "here");
      await device().remove("limits-bomb");
      assert.equal(await device().shell(`ls -d ${cgroup("limits-bomb")} 2>/dev/null || true`), "");
    });
  });
}
