import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Event } from "../../../services/model/event.ts";
import type { WorkloadInput } from "../../../services/model/workload.ts";
import { waitFor } from "../../rig/wait.ts";
import { type Device, unitOf } from "../support/device.ts";
import { pushWithBallast } from "../support/images.ts";
import { imageOf } from "../support/manifests.ts";

/** Where `life-…` workloads write what outlives them, and where that is on the device. */
const KEEP = { volumes: [{ name: "life", path: "/keep" }] };
const KEPT = "/data/berth/volumes/life/data";

/** How workloads start, end and are asked to end. */
export function lifeCases(device: () => Device): void {
  describe("life", () => {
    const shell = (name: string, script: string, more: Partial<WorkloadInput> = {}): WorkloadInput => {
      return { name, image: imageOf("busybox:1"), args: ["sh", "-c", script], ...KEEP, ...more };
    };
    const inside = async (workload: string, script: string): Promise<string> => {
      const { exec } = await device().succeed({ kind: "exec", workload, command: ["sh", "-c", script] });
      return exec?.stdout.trim() ?? "";
    };
    const event = async (workload: string, kind: Event["kind"]): Promise<Event> => {
      const found = (await device().events()).findLast((one) => one.workload === workload && one.kind === kind);
      assert.ok(found, `no event ${kind} of ${workload}`);
      return found;
    };

    test("its stop signal reaches it and it ends in its own way; one that does not is killed, and that is told", async () => {
      const polite = `trap 'echo bye >/keep/said; exit 0' QUIT; while :; do sleep 1; done`;
      const deaf = `trap '' TERM; while :; do sleep 1; done`;
      await Promise.all([
        device().apply(shell("life-polite", polite, { stop: { signal: "SIGQUIT", grace: "60s" } })),
        device().apply(shell("life-deaf", deaf, { stop: { grace: "2s" } })),
      ]);
      await Promise.all(["life-polite", "life-deaf"].map((workload) => device().succeed({ kind: "stop", workload })));
      assert.equal(await device().shell(`cat ${KEPT}/said`), "bye");
      assert.equal((await event("life-polite", "workload-stopped")).reason, undefined);
      const { reason, message } = await event("life-deaf", "workload-stopped");
      assert.equal(reason?.code, "killed-after-grace");
      assert.match(message, /grace of 2 s/);
      await device().remove("life-polite", "life-deaf");
    });

    test("it is started no more often than its limit, has then failed, and an order starts it again", async () => {
      const restart = { delay: "100ms", maxDelay: "100ms", limit: { starts: 3, within: "1h" } };
      await device().apply(shell("life-quits", "echo start >>/keep/starts; sleep 3; exit 3", { restart }));
      const { reason } = await device().phase("life-quits", "failed");
      assert.equal(reason?.code, "start-limit");
      assert.match(reason.message, /exited with 3/);
      assert.equal((await event("life-quits", "workload-failed")).reason?.code, "start-limit");
      assert.equal(await device().shell(`systemctl is-failed ${unitOf("life-quits")}`), "failed");
      assert.equal(await device().shell(`grep -c start ${KEPT}/starts`), "3");
      await device().succeed({ kind: "start", workload: "life-quits" });
      assert.equal(await device().shell(`grep -c start ${KEPT}/starts`), "4");
      await device().remove("life-quits");
    });

    test("a start that is cut off at any moment leaves nothing at work, and the next one comes off", async () => {
      const restart = { delay: "100ms", maxDelay: "100ms" };
      await device().apply(shell("life-cut", "exec sleep 1000000", { restart, stop: { signal: "SIGKILL" } }));
      const unit = unitOf("life-cut");
      const group = `/sys/fs/cgroup/berth.slice/${unit}`;
      const cut = `systemctl kill --kill-whom=main --signal=KILL ${unit} 2>/dev/null`;
      for (const seconds of [0.05, 0.1, 0.2, 0.3, 0.45, 0.6]) {
        await device().shell(`systemctl restart --no-block ${unit}; sleep ${seconds}; ${cut} || true`);
      }
      const state = `systemctl is-active ${unit} || true; cat ${group}/cgroup.procs | wc -l`;
      await waitFor("one process, and it is the unit's", 60_000, async () => {
        return (await device().shell(state)).trim() === "active\n1";
      });
      assert.match(await device().shell(`crun --root /run/berth/crun list | grep '^life-cut '`), / running /);
      const namespace = (await device().shell(`readlink /proc/$(cat ${group}/cgroup.procs)/ns/user`)).trim();
      await device().remove("life-cut");
      await device().shell(
        `! for one in /proc/[0-9]*/ns/user; do readlink $one; done | grep -qF '${namespace}' && [ ! -e ${group} ]`,
      );
    });

    test("with an init its orphans are reaped and the signal arrives; without, neither", async () => {
      // The orphan's parent is gone when it ends, and sleep, the first process, reaps nobody.
      const script = "sh -c 'sleep 1 & '; exec sleep 1000000";
      const zombies = "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l";
      await Promise.all([
        device().apply(shell("life-init", script, { init: true, stop: { grace: "60s" } })),
        device().apply(shell("life-bare", script, { stop: { grace: "1s" } })),
      ]);
      await waitFor("a zombie", 30_000, async () => (await inside("life-bare", zombies)) === "1");
      await waitFor("no child but the command", 30_000, async () => {
        return (await inside("life-init", "grep -l '^PPid:.1$' /proc/[0-9]*/status 2>/dev/null | wc -l")) === "1";
      });
      assert.equal(await inside("life-init", zombies), "0");
      assert.equal(await inside("life-init", "cat /proc/1/comm"), "init");
      assert.match(await inside("life-init", "echo mine 2>&1 >/dev/init || true"), /Read-only|denied|busy/i);
      const { pid } = await device().process("life-init");
      assert.match(await device().shell(`readlink /proc/${pid}/exe`), /init$|tini/);
      await Promise.all(["life-init", "life-bare"].map((workload) => device().succeed({ kind: "stop", workload })));
      assert.equal((await event("life-init", "workload-stopped")).reason, undefined);
      assert.equal((await event("life-bare", "workload-stopped")).reason?.code, "killed-after-grace");
      await device().remove("life-init", "life-bare");
    });

    test("pull says when the registry is asked", async () => {
      const manifest = shell("life-pull", "exec sleep 1000000", {
        image: imageOf("life:1"),
        stop: { signal: "SIGKILL" },
      });
      const refused = await device().order({ kind: "apply", manifest: { ...manifest, pull: "never" } });
      assert.equal(refused.status, "failed");
      assert.equal(refused.reason?.code, "image-not-present");
      await pushWithBallast(device(), "life:1", 1);
      await device().apply({ ...manifest, pull: "missing" });
      const { digest } = await device().status("life-pull");
      await pushWithBallast(device(), "life:1", 1);
      await device().apply({ ...manifest, pull: "missing" });
      await device().apply({ ...manifest, pull: "never" });
      assert.equal((await device().status("life-pull")).digest, digest);
      await device().apply(manifest);
      assert.notEqual((await device().status("life-pull")).digest, digest);
      await device().remove("life-pull");
    });

    test("a job's order ends with its process; it runs once, whatever is restarted, and again by an order", async () => {
      const runs = () => device().shell(`grep -c ran ${KEPT}/runs`);
      const manifest = shell("life-job", "echo ran >>/keep/runs; sleep 5", { job: {} });
      const order = await device().give({ kind: "apply", manifest });
      await device().phase("life-job", "running");
      assert.equal((await device().lan.call("getOrder", { params: { id: order.order } })).status, "running");
      // The job goes on without a supervisor, and the next one finds how it ended.
      await device().shell("systemctl restart berth-supervisor");
      await device().supervisor();
      const receipt = await device().end(order.order);
      assert.equal(receipt.status, "succeeded", JSON.stringify(receipt.reason));
      assert.equal(receipt.exitCode, 0);
      assert.equal((await device().status("life-job")).phase, "completed");
      assert.equal(await runs(), "1");
      const again = await device().succeed({ kind: "start", workload: "life-job" });
      assert.equal(again.exitCode, 0);
      assert.equal(await runs(), "2");
      assert.equal((await event("life-job", "workload-completed")).reason, undefined);
      await device().remove("life-job");
    });

    test("a job that fails tells its exit code, leaves no workload, and what it wrote can be read", async () => {
      const manifest = shell("life-fails", "echo I shall fail; exit 3", { job: {} });
      const receipt = await device().order({ kind: "apply", manifest });
      assert.equal(receipt.status, "failed");
      assert.equal(receipt.exitCode, 3);
      assert.equal(receipt.reason?.code, "exited");
      await waitFor("no unit", 60_000, async () => {
        return (await device().shell(`systemctl list-units --all --no-legend '${unitOf("life-fails")}'`)) === "";
      });
      for (const berth of [
        device().appliance.overLan.bind(device().appliance),
        device().appliance.overFleet.bind(device().appliance),
      ]) {
        assert.match((await berth(["logs", "life-fails"])).stdout, /^I shall fail$/m);
      }
    });

    test("berth run shows a job's output and ends as it did, from the LAN, the fleet and on the device", async () => {
      const { appliance } = device();
      const script = "echo $X; echo oops >&2; cat /sys/fs/cgroup/memory.max; id -u; echo kept >/keep/kept; exit 7";
      const options = ["-e", "X=hello", "-v", "life:/keep", "-m", "32Mi", "-u", "0", "--init"];
      const words = (name: string) => [
        ...["run", "--name", name, ...options, imageOf("busybox:1")],
        ...["--", "sh", "-c", script],
      ];
      const quoted = words("life-run-device").map((word) => `'${word}'`);
      const expected = { code: 7, stdout: "hello\n33554432\n0\n", stderr: "oops\n" };
      const [well, ...ran] = await Promise.all([
        appliance.overFleet(["run", "--name", "life-run-well", imageOf("busybox:1"), "--", "echo", "well"]),
        appliance.overLan(words("life-run-lan")),
        appliance.overFleet(words("life-run-fleet")),
        appliance.machine.exec(`berth ${quoted.join(" ")}`, 120_000),
      ]);
      assert.deepEqual([well.code, well.stdout, well.stderr], [0, "well\n", ""]);
      for (const { code, stdout, stderr } of ran) assert.deepEqual({ code, stdout, stderr }, expected);
      assert.equal(await device().shell(`cat ${KEPT}/kept`), "kept");
      await waitFor("no workload of these", 60_000, async () => {
        const { workloads } = await device().lan.call("getState");
        return !workloads.some(({ name }) => name.startsWith("life-run"));
      });
    });

    test("berth run --detach keeps it running, on the port that was published", async () => {
      const { appliance } = device();
      const port = await appliance.machine.forward(8091);
      const options = ["-d", "--name", "life-web", "-p", "8091:80", "--tmpfs", "/tmp:16Mi", imageOf("nginx:1")];
      const { code, stdout, stderr } = await appliance.overLan(["run", ...options]);
      assert.deepEqual([code, stdout], [0, "life-web\n"], stderr);
      await waitFor("The page", 30_000, async () => (await fetch(`http://127.0.0.1:${port}`)).ok);
      assert.equal((await device().status("life-web")).desired, "running");
      await device().remove("life-web");
    });
  });
}
