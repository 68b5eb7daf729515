import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeTar } from "../../../services/images/fixtures/tar.ts";
import { ReasonError } from "../../../services/model/reason.ts";
import { waitFor } from "../../rig/wait.ts";
import type { Device } from "../support/device.ts";
import { pushWithBallast } from "../support/images.ts";
import { idler, imageOf } from "../support/manifests.ts";

const BALLAST_MEBIBYTES = 48;
const FILLING = "/data/full-disk";
/** Without fallocate(1) every byte is written, in milliseconds. */
const SLOWEST_FILL = 600_000;

/** A data partition with no room left, by a pull, by a workload, by anything: the device says so and works on. */
export function fullDiskCases(device: () => Device): void {
  describe("full disk", () => {
    /** Takes what is free but for some mebibytes; 0 for all of it, what is kept for root as well. */
    const fill = (free: number) =>
      device().shell(
        free === 0
          ? `cat /dev/zero >>${FILLING} 2>/dev/null; sync; cat /dev/zero >>${FILLING} 2>/dev/null; true`
          : `set -- $(stat -f -c '%a %S' /data); count=$(( $1 * $2 / 1048576 - ${free} ))
             fallocate -l \${count}M ${FILLING} 2>/dev/null || dd if=/dev/zero of=${FILLING} bs=1M count=$count 2>/dev/null`,
        SLOWEST_FILL,
      );
    const images = () => device().shell("find /data/berth/images /run/berth/l | sort; grep -c erofs /proc/mounts");

    before(async () => {
      await pushWithBallast(device(), "full-ballast:1", BALLAST_MEBIBYTES);
      const body = new Blob([Uint8Array.from(makeTar([{ name: "file", content: "x" }]))]).stream();
      await device().lan.call("restoreVolume", { params: { name: "full-spare" }, body });
      await device().apply(idler("full-writer", { volumes: [{ name: "full-data", path: "/data" }] }));
    });

    after(async () => {
      await device().shell(`rm -f ${FILLING}`);
      await device().succeed({ kind: "remove", workload: "full-writer", volumes: true });
    });

    test("an image that does not fit is not begun with, and the order says how much it would take", async () => {
      const before_ = await images();
      await fill(100);
      const manifest = idler("full-image", { image: imageOf("full-ballast:1") });
      const { status, reason } = await device().order({ kind: "apply", manifest });
      await device().shell(`rm ${FILLING}`);
      assert.equal(status, "failed");
      assert.equal(reason?.code, "disk-full");
      assert.match(reason.message, /needs about .* of the data partition/);
      assert.equal(await images(), before_);
    });

    test("a disk that fills during a pull ends it, and nothing is left of it", async () => {
      const before_ = await images();
      const manifest = idler("full-image", { image: imageOf("full-ballast:1") });
      const { order } = await device().give({ kind: "apply", manifest });
      const partial = "find /data/berth/images/partial /data/berth/images/temporary -type f -size +4096k";
      await waitFor("A part of the layer", 60_000, async () => (await device().shell(partial)) !== "");
      await fill(8);
      const { status, reason } = await device().end(order);
      await device().shell(`rm ${FILLING}`);
      assert.equal(status, "failed");
      assert.equal(reason?.code, "disk-full");
      assert.equal(await images(), before_);
      await assert.rejects(device().status("full-image"), /there is no workload full-image/);
      assert.equal(await device().shell("ls /run/berth/workloads | grep -c full-image || true"), "0");
    });

    test("with no byte left workloads run, the device answers, and orders are refused until there is room", async () => {
      const { started } = await device().process("full-writer");
      await fill(32);
      const command = ["sh", "-c", "dd if=/dev/zero of=/data/filling bs=1M; dd if=/dev/zero of=/data/rest bs=4k"];
      const writing = await device().give({ kind: "exec", workload: "full-writer", command });
      await waitFor("A full disk", 60_000, async () => (await device().shell("stat -f -c %a /data")) === "0");
      await fill(0);
      // A page of the database may still be free.
      const refusal = await waitFor("A refusal", 60_000, () =>
        device()
          .give({ kind: "exec", workload: "full-writer", command: ["true"] })
          .then(
            () => undefined,
            (error: unknown) => error,
          ),
      );
      assert.ok(refusal instanceof ReasonError);
      assert.equal(refusal.reason.code, "disk-full");
      assert.match(refusal.message, /no space left to write \/data\/berth\/state\.db/);
      assert.equal((await device().status("full-writer")).phase, "running");
      await waitFor("The problem", 60_000, async () =>
        (await device().lan.call("getDevice")).problems.find(({ code }) => code === "disk-full"),
      );
      assert.equal((await device().lan.call("getDevice")).storage.free, 0);
      // What makes room needs none.
      await device().lan.call("removeVolume", { params: { name: "full-spare" } });
      await device().shell(`rm ${FILLING}`);
      const removal = await waitFor("Room for an order", 60_000, () =>
        device().give({ kind: "exec", workload: "full-writer", command: ["rm", "/data/filling", "/data/rest"] }),
      );
      assert.equal((await device().end(removal.order)).status, "succeeded");
      // Its end could not be written down before.
      const { exec } = await device().end(writing.order);
      assert.match(exec?.stderr ?? "", /No space left on device/);
      assert.equal(await device().shell("systemctl is-failed berth-supervisor || true"), "active");
      assert.equal((await device().process("full-writer")).started, started);
    });
  });
}
