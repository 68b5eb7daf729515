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
const KEPT = "/data/berth/volumes/life";

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
        return (await inside("life-init", "cat /proc/1/task/1/children | wc -w")) === "1";
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
  });
}
