import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { WorkloadInput } from "../../../services/model/workload.ts";
import { waitFor } from "../../rig/wait.ts";
import { type Device, unitOf } from "../support/device.ts";
import { pushWithConfig } from "../support/images.ts";
import { idler, imageOf } from "../support/manifests.ts";
import { Requests } from "../support/requests.ts";

const PORT = 8093;

/** A web server whose page is `text`; without one it has none, and is not healthy. */
function page(text: string, more: Partial<WorkloadInput> = {}): WorkloadInput {
  const write = text === "" ? "true" : `echo ${text} >/tmp/index.html`;
  return {
    name: "updates-page",
    image: imageOf("busybox:1"),
    args: ["sh", "-c", `${write}; exec httpd -f -p 80 -h /tmp`],
    tmpfs: [{ path: "/tmp" }],
    ports: [{ host: PORT, container: 80 }],
    health: { http: { port: 80 }, interval: "1s", timeout: "20s", retries: 2, startPeriod: "2s" },
    update: { strategy: "start-first" },
    stop: { grace: "2s" },
    ...more,
  };
}

/** How a workload is replaced by a new version, and led back to the old one. */
export function updateCases(device: () => Device): void {
  describe("updates", () => {
    let requests: Requests;
    const units = async (workload: string) =>
      (await device().shell(`systemctl list-units --no-legend --plain '${unitOf(workload).replace(".", "*.")}'`))
        .split("\n")
        .map((line) => line.split(" ")[0] ?? "");
    const answer = (text: string) =>
      waitFor(`The page ${text}`, 60_000, () => requests.answers.at(-1) === text || undefined);

    before(async () => {
      const port = await device().appliance.machine.forward(PORT);
      await device().apply(page("one"));
      requests = new Requests(`http://127.0.0.1:${port}/`);
      await answer("one");
    });

    after(async () => {
      await requests.stop();
      await device().remove("updates-page");
      const left = "ls -d /run/berth/workloads/updates-* /run/netns/berth-updates-* 2>/dev/null | wc -l";
      assert.equal(await device().shell(left), "0");
      assert.doesNotMatch(await device().shell("nft list table inet berth"), /updates-page/);
    });

    test("start-first: every request is answered while the new one takes over, then the old one is gone", async () => {
      requests.failures.length = 0;
      await device().apply(page("two"));
      await answer("two");
      assert.deepEqual(requests.failures, []);
      assert.deepEqual(requests.answers.slice(-2), ["one", "two"]);
      assert.deepEqual(await units("updates-page"), ["berth-workload-updates-page.2.service"]);
      const { address } = await device().status("updates-page");
      const rules = await device().shell("nft list table inet berth");
      for (const [, to] of rules.matchAll(/dnat ip to (\S+):80 comment "updates-page"/g)) assert.equal(to, address);
      assert.match(await device().shell("cat /run/berth/hosts"), new RegExp(`^${address}\\s+updates-page `, "m"));
      const { exec } = await device().succeed({ kind: "exec", workload: "updates-page", command: ["hostname"] });
      assert.equal(exec?.stdout.trim(), "updates-page");
    });

    test("start-first: a new one that is not healthy goes again, and nobody asking notices", async () => {
      requests.failures.length = 0;
      const { status, reason } = await device().order({ kind: "apply", manifest: page("") });
      assert.deepEqual([status, reason?.code], ["failed", "not-healthy"]);
      assert.match(reason?.message ?? "", /status 404.*; what ran before runs on$/);
      assert.deepEqual(await units("updates-page"), ["berth-workload-updates-page.2.service"]);
      assert.deepEqual([requests.failures, requests.answers.at(-1)], [[], "two"]);
    });

    test("start-first: the supervisor is killed while both run, and one is left in the end", async () => {
      requests.failures.length = 0;
      const { order } = await device().give({ kind: "apply", manifest: page("three") });
      await waitFor("Both", 60_000, async () => (await units("updates-page")).length === 2);
      await device().shell("kill -KILL $(systemctl show --value -p MainPID berth-supervisor)");
      await device().supervisor();
      assert.equal((await device().end(order)).status, "succeeded");
      await answer("three");
      assert.deepEqual(requests.failures, []);
      assert.deepEqual(await units("updates-page"), ["berth-workload-updates-page.service"]);
    });

    test("start-first: two that do not fit beside each other are refused with the sums, and stop-first is the way", async () => {
      const total = 1024 * Number(await device().shell("sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo"));
      const memory = `${Math.floor(total * 0.5)}`;
      const one = (version: string, more: Partial<WorkloadInput> = {}) =>
        idler("updates-big", { env: { version }, reserve: { memory }, update: { strategy: "start-first" }, ...more });
      await device().apply(one("1"));
      const before = await device().process("updates-big");
      const { status, reason } = await device().order({ kind: "apply", manifest: one("2") });
      assert.deepEqual([status, reason?.code], ["rejected", "capacity-exceeded"]);
      assert.match(reason?.message ?? "", /beside the [\d.]+ [MG]iB of the instance that runs until it is replaced/);
      assert.match(reason?.allowed ?? "", /; or update\.strategy stop-first/);
      assert.deepEqual(await device().process("updates-big"), before);
      await device().apply(one("2", { update: { strategy: "stop-first" } }));
      assert.deepEqual(await units("updates-big"), ["berth-workload-updates-big.service"]);
      await device().remove("updates-big");
    });

    test("stop-first: a tag that moved to an image that ends at once leads back to the image it meant", async () => {
      const manifest = idler("updates-tag", { image: imageOf("moving:1"), restart: { policy: "never" } });
      const { args: _, ...bare } = manifest;
      await pushWithConfig(device(), "moving:1", { Cmd: ["sleep", "1000000"] });
      await device().apply(bare);
      const { digest } = await device().status("updates-tag");
      await pushWithConfig(device(), "moving:1", { Cmd: ["false"] });
      const { status, reason } = await device().order({ kind: "apply", manifest: bare });
      assert.deepEqual([status, reason?.code], ["failed", "exited"]);
      assert.match(reason?.message ?? "", /; what ran before runs again$/);
      for (const kind of ["stop", "start"] as const) await device().succeed({ kind, workload: "updates-tag" });
      const now = await device().status("updates-tag");
      assert.deepEqual([now.phase, now.digest], ["running", digest]);
      const { pid } = await device().process("updates-tag");
      assert.equal(await device().shell(`tr '\\0' ' ' </proc/${pid}/cmdline`), "sleep 1000000");
      await device().remove("updates-tag");
    });
  });
}
