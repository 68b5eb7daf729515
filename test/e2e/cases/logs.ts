import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { LogLine } from "../../../services/model/log-line.ts";
import { waitFor } from "../../rig/wait.ts";
import type { Device } from "../support/device.ts";
import { idler } from "../support/manifests.ts";

/** What workloads write: kept within bounds, one's flood from another's lines, and over everything that restarts. */
export function logsCases(device: () => Device): void {
  describe("logs", () => {
    const lines = async (name: string, query: { tail?: number; since?: string } = {}, api = device().lan) => {
      const found: LogLine[] = [];
      for await (const { data } of api.follow("followLogs", { params: { name }, query: { tail: 10_000, ...query } }))
        found.push(data);
      return found;
    };
    const messages = async (name: string) => (await lines(name)).map(({ message }) => message);
    const comes = (name: string, message: string) =>
      waitFor(`${message} from ${name}`, 60_000, async () => (await messages(name)).includes(message));
    /** Has a workload that waits for words on a named pipe say them, as its first process does. */
    const say = (name: string, words: string) =>
      device().succeed({ kind: "exec", workload: name, command: ["sh", "-c", `echo '${words}' >/tmp/say`] });
    const speaker = (name: string, env: Record<string, string> = {}) =>
      idler(name, {
        env,
        args: [
          "sh",
          "-c",
          // Held open by itself: between two that say something the pipe would end, or lose what the next one says.
          'mkfifo /tmp/say; exec 3<>/tmp/say; echo "$HELLO"; echo warning >&2; echo by-name >/dev/stdout; while read -r line <&3; do echo "$line"; done',
        ],
        tmpfs: [{ path: "/tmp" }],
      });
    const collector = () => device().shell("systemctl show --value -p MainPID berth-collector");

    before(() => device().apply(speaker("logs-calm", { HELLO: "early" })));

    after(() => device().remove("logs-calm"));

    test("both outputs are kept, apart, with no process beside the workload's own", async () => {
      await comes("logs-calm", "by-name");
      const found = await lines("logs-calm");
      assert.deepEqual(found.map(({ stream, message }) => `${stream} ${message}`).sort(), [
        "stderr warning",
        "stdout by-name",
        "stdout early",
      ]);
      const unit = "/sys/fs/cgroup/berth.slice/berth-workload-logs-calm.service";
      assert.equal((await device().shell(`cat ${unit}/cgroup.procs`)).split("\n").length, 1);
      assert.equal(await device().shell("stat -c %U /data/berth-logs/logs-calm"), "berth-collector");
    });

    test("a flood is cut and counted, stays within its files, and costs nobody else a line", async () => {
      const flood = idler("logs-flood", {
        args: ["sh", "-c", "seq 1 200000; echo done >&2; exec sleep 1000000"],
        logs: { size: "64Ki", files: 2, rate: 100 },
      });
      await device().apply(flood);
      const dropped = await waitFor("The count of dropped lines", 120_000, async () => {
        const counts = (await lines("logs-flood")).flatMap((line) => line.dropped ?? []);
        const sum = counts.reduce((total, count) => total + count, 0);
        return sum > 190_000 ? sum : undefined;
      });
      assert.ok(dropped <= 199_001, `${dropped}`);
      const size = await device().shell("cat /data/berth-logs/logs-flood/* | wc -c");
      assert.ok(Number(size) <= 2 * 64 * 1024, size);
      assert.ok((await messages("logs-calm")).includes("early"));
      // The fleet reads the same.
      const away = await lines("logs-calm", { tail: 100 }, device().fleet);
      assert.ok(away.some(({ message }) => message === "early"));
      await device().remove("logs-flood");
      assert.equal(await device().shell("ls /data/berth-logs | grep -c flood || true"), "0");
      assert.equal(await device().shell("ls /run/berth/logs /run/berth/logs/open | grep -c flood || true"), "0");
    });

    test("a workload writes on while the supervisor is away, and when the collector is killed", async () => {
      const process = await device().process("logs-calm");
      const killed = await collector();
      const socket = "/run/berth/supervisor.sock";
      await device().shell("systemctl stop berth-supervisor");
      const ear = `/proc/${process.pid}/root/tmp/say`;
      await device().shell(`echo unattended >${ear}`);
      await device().shell(`kill -KILL ${killed}; echo uncollected >${ear}`);
      await device().shell("systemctl start berth-supervisor");
      await waitFor("The supervisor", 60_000, async () => (await device().shell(`ls ${socket}`)) !== "");
      await device().supervisor();
      await comes("logs-calm", "unattended");
      await comes("logs-calm", "uncollected");
      assert.notEqual(await collector(), killed);
      assert.deepEqual(await device().process("logs-calm"), process);
    });

    test("lines outlive a restart of the workload, and are found by time and pattern", async () => {
      await device().succeed({ kind: "restart", workload: "logs-calm" });
      await waitFor(
        "A second greeting",
        60_000,
        async () => (await messages("logs-calm")).filter((message) => message === "early").length === 2,
      );
      await say("logs-calm", "needle 7");
      await comes("logs-calm", "needle 7");
      // By the device's own clock.
      const since = (await lines("logs-calm")).findLast(({ message }) => message === "early")?.at ?? "";
      const recent = (await lines("logs-calm", { since })).map(({ message }) => message);
      assert.ok(recent.includes("needle 7") && !recent.includes("unattended"), `${recent}`);
      const { stdout } = await device().appliance.overLan(["logs", "--grep", "^needle [0-9]$", "--json", "logs-calm"]);
      assert.equal(JSON.parse(stdout).message, "needle 7");
    });

    test("a new workload of a name used before shows nothing of the old one", async () => {
      await device().remove("logs-calm");
      await device().apply(speaker("logs-calm", { HELLO: "anew" }));
      await comes("logs-calm", "by-name");
      assert.deepEqual((await messages("logs-calm")).sort(), ["anew", "by-name", "warning"]);
    });
  });
}
