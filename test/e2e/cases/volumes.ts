import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { run } from "../../../image/command.ts";
import { byteStream } from "../../../services/async/byte-stream.ts";
import { makeTar, type TarFile } from "../../../services/images/fixtures/tar.ts";
import { ReasonError } from "../../../services/model/reason.ts";
import { waitFor } from "../../rig/wait.ts";
import type { Device } from "../support/device.ts";
import { idler } from "../support/manifests.ts";

const VOLUMES = "/data/berth/volumes";
const WORKLOAD = "volumes-db";
const VOLUME = "volumes-data";

/** Named volumes in an operator's hands: listed, carried off, brought back, removed. */
export function volumeCases(device: () => Device): void {
  describe("volumes", () => {
    const berth = (...words: string[]) => device().appliance.overLan(["volume", ...words]);
    const file = (name: string) => join(device().appliance.folder, name);
    const inside = async (script: string) => {
      const { exec } = await device().succeed({ kind: "exec", workload: WORKLOAD, command: ["sh", "-c", script] });
      assert.equal(exec?.exitCode, 0, exec?.stderr ?? "");
      return (exec?.stdout ?? "").trim().split("\n");
    };
    /** Everything in the volumes' folder but their content. */
    const leftOvers = () => device().shell(`find ${VOLUMES} -mindepth 1 -maxdepth 2 | grep -v '/data$' | sort`);
    const manifest = idler(WORKLOAD, { volumes: [{ name: VOLUME, path: "/data" }] });
    let kept = "";

    before(async () => {
      await device().apply(manifest);
      await inside(
        [
          "cd /data && mkdir sub && echo old >sub/file && ln sub/file same && ln -s /etc/shadow leads-out",
          "chown 1000:1001 sub/file && chmod 640 sub/file && chown 12 . && chmod 2750 .",
          "dd if=/dev/zero of=holes bs=1 count=1 seek=33554431 2>/dev/null",
        ].join(" && "),
      );
      kept = await leftOvers();
    });

    test("ls and inspect tell their size and whose they are", async () => {
      const listed = await berth("ls");
      assert.match(listed.stdout, new RegExp(`^${VOLUME} +\\S+ \\S+ +${WORKLOAD} `, "m"));
      const [volume] = (await device().lan.call("listVolumes")).filter(({ name }) => name === VOLUME);
      assert.deepEqual(volume?.workloads, [WORKLOAD]);
      const size = volume?.size ?? 0;
      assert.ok(size > 0 && size < 1024 * 1024, `${size}`);
      assert.match((await berth("inspect", VOLUME)).stdout, /^Last used +20/m);
      const missing = await berth("inspect", "volumes-none");
      assert.equal(missing.code, 1);
      assert.match(missing.stderr, /there is no volume volumes-none/);
    });

    test("over the fleet they are listed and removed by signed orders, and carried off on the LAN alone", async () => {
      const overFleet = (...args: string[]) => device().appliance.overFleet(["volume", ...args]);
      assert.equal((await overFleet("ls", "--json")).stdout, (await berth("ls", "--json")).stdout);
      assert.equal((await overFleet("inspect", VOLUME)).stdout, (await berth("inspect", VOLUME)).stdout);
      const kept = await overFleet("remove", VOLUME);
      assert.equal(kept.code, 1);
      assert.match(kept.stderr, new RegExp(`volume ${VOLUME} belongs to workload ${WORKLOAD}`));
      const carried = await overFleet("backup", VOLUME, "-o", file("fleet.tar"));
      assert.equal(carried.code, 1);
      assert.match(carried.stderr, /too much for the broker.* LAN API only/);
    });

    test("what was carried off while the workload ran comes back as it was", async () => {
      const saved = await berth("backup", VOLUME, "-o", file("volume.tar"));
      assert.equal(saved.code, 0, saved.stderr);
      const entries = await run(["tar", "--numeric-owner", "-tvf", file("volume.tar")]);
      assert.match(entries, /^drwxr-s--- 12\/0 .* \.\/$/m);
      assert.match(entries, /^-rw-r----- 1000\/1001 .* \.\/(sub\/file|same)$/m);
      await inside("echo new >/data/sub/file && rm /data/same && echo new >/data/later");

      const refused = await berth("restore", VOLUME, file("volume.tar"));
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, new RegExp(`while workload ${WORKLOAD} has it mounted`));
      assert.deepEqual(await inside("cat /data/later"), ["new"]);

      const restored = await berth("restore", VOLUME, file("volume.tar"), "--stop");
      assert.equal(restored.code, 0, restored.stderr);
      await device().phase(WORKLOAD, "running");
      assert.deepEqual(
        await inside(
          "cd /data && cat sub/file && stat -c '%a %u:%g %h' sub/file && stat -c '%a %u' . && readlink leads-out && stat -c %s holes && ls",
        ),
        ["old", "640 1000:1001 2", "2750 12", "/etc/shadow", "33554432", "holes", "leads-out", "same", "sub"],
      );
      assert.ok(Number(await device().shell(`stat -c %b ${VOLUMES}/${VOLUME}/data/holes`)) < 100);
      assert.equal(await leftOvers(), kept);
    });

    test("hostile and torn archives are refused, and nothing changes", async () => {
      const folder = await device().shell(`ls -A ${VOLUMES} /data`);
      const link: TarFile = { name: "a", type: "2", link: "/data" };
      const hostile: Record<string, TarFile[]> = {
        "leads out": [{ name: "../../escape", content: "x" }],
        "lies behind the link": [link, { name: "a/escape", content: "x" }],
        "is a device": [{ name: "disk", type: "4" }],
      };
      for (const [why, entries] of Object.entries(hostile)) {
        writeFileSync(file("hostile.tar"), makeTar(entries));
        const { code, stderr } = await berth("restore", "volumes-hostile", file("hostile.tar"));
        assert.equal(code, 1);
        assert.match(stderr, new RegExp(why));
      }
      assert.equal(await device().shell(`ls -A ${VOLUMES} /data`), folder);
      assert.equal(await leftOvers(), kept);
    });

    test("a supervisor killed in the middle of a restore leaves what was there", async () => {
      await device().succeed({ kind: "stop", workload: WORKLOAD });
      const [header = new Uint8Array()] = [makeTar([{ name: "half", content: new Uint8Array(1024 * 1024) }])];
      let end = () => {};
      const halted = new Promise<void>((resolve) => {
        end = resolve;
      });
      async function* half() {
        yield header.subarray(0, 700_000);
        await halted;
      }
      const answer = device()
        .lan.call("restoreVolume", { params: { name: VOLUME }, body: byteStream(half()) })
        .then(
          () => "restored",
          () => "failed",
        );
      const torn = `find ${VOLUMES}/${VOLUME} -name half -size +1k`;
      await waitFor("A half-written file", 60_000, async () => (await device().shell(torn)) !== "");
      await device().shell("kill -KILL $(systemctl show --value -p MainPID berth-supervisor)");
      end();
      assert.equal(await answer, "failed");
      await device().supervisor();
      assert.equal(await leftOvers(), kept);
      await device().succeed({ kind: "start", workload: WORKLOAD });
      assert.deepEqual(await inside("cat /data/sub/file; ls /data | wc -l"), ["old", "4"]);
    });

    test("a volume goes when no workload names it, and not before", async () => {
      const copied = await berth("restore", "volumes-copy", file("volume.tar"));
      assert.equal(copied.code, 0, copied.stderr);
      const refused = await berth("remove", VOLUME);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, new RegExp(`belongs to workload ${WORKLOAD}`));
      const removed = await device().appliance.overLan(["remove", WORKLOAD]);
      assert.match(removed.stdout, new RegExp(`its volumes stay: ${VOLUME}`));
      assert.equal((await berth("remove", VOLUME, "volumes-copy")).code, 0);
      await device().apply(manifest);
      assert.deepEqual(await inside("ls -A /data | wc -l"), ["0"]);
      const both = await device().appliance.overFleet(["remove", "--volumes", WORKLOAD]);
      assert.equal(both.code, 0, both.stderr);
      assert.equal(await device().shell(`ls ${VOLUMES} | grep ^volumes- || true`), "");
      const kinds = (await device().events()).filter(({ kind }) => kind.startsWith("volume-"));
      assert.deepEqual(
        kinds.filter(({ message }) => message.includes("volumes-")).map(({ kind }) => kind),
        ["volume-restored", "volume-restored", "volume-removed", "volume-removed", "volume-removed"],
      );
      await assert.rejects(
        device().lan.call("getVolume", { params: { name: VOLUME } }),
        (error: unknown) => error instanceof ReasonError && error.reason.code === "volume-not-found",
      );
    });
  });
}
