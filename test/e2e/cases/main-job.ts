import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { fetchPage, MANIFEST } from "../../demo/web.ts";
import { waitFor } from "../../rig/wait.ts";
import { type Device, unitOf } from "../support/device.ts";

/** The main job: what the demo shows, by way of the fleet and on the LAN, with the same words. */
export function mainJobCases(device: () => Device): void {
  for (const way of ["fleet", "LAN"] as const) {
    describe(`main job over the ${way}`, () => {
      const run: Device["appliance"]["overLan"] = (argv, options) => {
        const { appliance } = device();
        return way === "fleet" ? appliance.overFleet(argv, options) : appliance.overLan(argv, options);
      };
      const succeed = async (...argv: string[]) => {
        const result = await run(argv);
        assert.equal(result.code, 0, `berth ${argv.join(" ")}\n${result.stdout}${result.stderr}`);
        return result.stdout;
      };
      const api = () => (way === "fleet" ? device().fleet : device().lan);
      const issuer = way === "fleet" ? /fleet/ : /LAN token/;
      let order: string;

      test("apply tells accepted, running and succeeded, and the page is there", async () => {
        const shown = await succeed("apply", MANIFEST);
        assert.match(shown, /apply web: accepted\n[\s\S]*apply web: running\n[\s\S]*apply web: succeeded/);
        assert.match(shown, /apply web: pull: .*MiB|apply web: start: /);
        await fetchPage(device().appliance);
        order = (await device().status("web")).order ?? "";
        const receipts = await device().receipts(order, api());
        assert.deepEqual(
          receipts.map(({ status }) => status),
          ["accepted", "running", "succeeded"],
        );
        for (const receipt of receipts) {
          assert.equal(receipt.origin, way === "fleet" ? "fleet" : "lan");
          assert.match(receipt.issuer, issuer);
          assert.equal(receipt.verified, true);
        }
      });

      test("ps shows it running, healthy and with its port", async () => {
        assert.match(await succeed("ps"), /^web +running +healthy .* 8080->80 /m);
      });

      test("logs -f shows a line as it is written", async () => {
        const mark = randomUUID();
        const following = run(["logs", "-f", "web"], { until: new RegExp(mark), timeout: 60_000 });
        let ended = false;
        void following.finally(() => {
          ended = true;
        });
        await waitFor("the line", 60_000, async () => {
          if (ended) return true;
          await fetch(`${device().appliance.webAddress}/${mark}`);
          return undefined;
        });
        assert.match((await following).stdout, new RegExp(`GET /${mark} HTTP`));
      });

      test("exec gives the command's output and exit code", async () => {
        const result = await run(["exec", "web", "--", "sh", "-c", "cat /etc/hostname; echo wrong >&2; exit 7"]);
        assert.deepEqual([result.code, result.stdout.trim(), result.stderr.trim()], [7, "web", "wrong"]);
      });

      test("restart starts another process, and the page is back", async () => {
        const before = await device().process("web");
        await succeed("restart", "web");
        assert.notDeepEqual(await device().process("web"), before);
        await waitFor("The page", 60_000, () => fetchPage(device().appliance));
      });

      test("stop takes the page away, start brings it back", async () => {
        await succeed("stop", "web");
        await waitFor("ps says so", 10_000, async () => /^web +stopped /m.test(await succeed("ps")));
        await assert.rejects(fetchPage(device().appliance));
        await succeed("start", "web");
        await fetchPage(device().appliance);
      });

      test("events tell who did what by which order", async () => {
        const lines = (await succeed("events", "--json"))
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line))
          .filter((event) => event.order === order);
        const kinds = lines.map(({ kind }) => kind);
        for (const kind of ["order-accepted", "order-running", "workload-started", "order-succeeded"]) {
          assert.ok(kinds.includes(kind), `${kind} in ${kinds}`);
        }
        for (const event of lines) {
          assert.equal(event.workload, "web");
          assert.match(event.issuer, issuer);
        }
        assert.match(await succeed("events"), new RegExp(`web: .*\\(by .*, order ${order}\\)`));
      });

      test("remove leaves no unit, mount, namespace, rule, process or layer", async () => {
        const { pid } = await device().process("web");
        await succeed("remove", "web");
        assert.doesNotMatch(await succeed("ps"), /^web /m);
        const { shell } = bound(device());
        assert.equal(await shell(`systemctl list-units --all --no-legend '${unitOf("web")}'`), "");
        assert.doesNotMatch(await shell("cat /proc/mounts"), /berth\/workloads|berth\/l\/|\/netns\/berth-|erofs-web/);
        // One whose other end is off is the next workload's, there ahead of it.
        const links = "ip -brief link | grep -v '^bw-.*NO-CARRIER'";
        assert.doesNotMatch(await shell(`ip netns list; ${links}`), /berth-web|^veth|@if/m);
        assert.doesNotMatch(await shell("nft list table inet berth"), /dnat ip to|"web"/);
        assert.equal(await shell("crun --root /run/berth/crun list -q"), "");
        assert.equal(await shell("ls -A /run/berth/workloads"), "");
        assert.equal(await shell(`test -e /proc/${pid} && cat /proc/${pid}/comm || true`), "");
        // Layers go after the receipt: nobody waits for that.
        await waitFor("No layer", 60_000, async () => (await shell("find /data/berth/images -type f")) === "");
        await assert.rejects(fetchPage(device().appliance));
      });
    });
  }
}

function bound(device: Device) {
  return { shell: (command: string) => device.shell(command) };
}
