import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { WorkloadInput } from "../../../services/model/workload.ts";
import type { Device } from "../support/device.ts";
import { idler, imageOf } from "../support/manifests.ts";
import { OWNER, pushWithVolumes } from "../support/storage-image.ts";

const SECRET = "correct horse battery staple";
const VOLUMES = "/data/berth/volumes";

/** Where a workload's data is: volumes, memory, files of the manifest, and what of the device it is shown. */
export function storageCases(device: () => Device): void {
  describe("storage", () => {
    const inside = async (workload: string, script: string) => {
      const { exec } = await device().succeed({ kind: "exec", workload, command: ["sh", "-c", script] });
      assert.ok(exec);
      return { ...exec, lines: exec.stdout.trim().split("\n") };
    };
    const refusal = async (manifest: WorkloadInput) => {
      const { status, reason } = await device().order({ kind: "apply", manifest });
      assert.ok(status === "rejected" || status === "failed", status);
      assert.ok(reason);
      return reason;
    };
    const app = (more: Partial<WorkloadInput> = {}) => idler("storage-app", { image: imageOf("storage:1"), ...more });

    before(async () => {
      await pushWithVolumes(device(), "storage:1", "one");
      await pushWithVolumes(device(), "storage:2", "two");
      await device().shell(
        "mkdir -p /data/shared/in && echo shared >/data/shared/in/a && echo file >/data/shared/file && ln -s /data/berth /data/shared/out && ln -s in /data/shared/alias",
      );
    });

    after(async () => {
      await device().shell("rm -rf /data/shared");
    });

    test("a workload has its places, each as its manifest wants it", async () => {
      await device().apply(
        app({
          volumes: [
            { name: "storage-data", path: "/srv/data" },
            { name: "storage-look", path: "/srv/look", readOnly: true },
            { name: "storage-copied", path: "/var/lib/app" },
          ],
          tmpfs: [{ path: "/srv", size: "1Mi", mode: "0755" }],
          mounts: [
            { source: "/data/shared/in", path: "/mnt/in" },
            { source: "/data/shared/alias", path: "/mnt/alias", readOnly: false },
            { source: "/data/shared/file", path: "/mnt/file" },
          ],
          files: [
            { path: "/etc/app/secret", content: SECRET, mode: "0440", owner: `${OWNER}:${OWNER}` },
            { path: "/srv/data/bytes", contentBase64: "AAEC/w==" },
          ],
        }),
      );
      const { lines } = await inside(
        "storage-app",
        [
          "cat /etc/app/secret; echo",
          "stat -c '%a %u:%g' /etc/app/secret",
          "stat -c %s /srv/data/bytes",
          "cat /mnt/in/a /mnt/file",
          "echo written >/srv/data/kept && echo written >/mnt/alias/new && cat /mnt/in/new",
          "for path in /srv/look/x /mnt/in/x /mnt/file /etc/app/secret /etc/app/new; do ( echo no >$path ) 2>/dev/null && echo $path; done",
          "stat -c '%a %u:%g' /var/lib/app; stat -c '%a %u:%g' /var/lib/app/version",
          "cat /var/lib/app/sub/link",
          "awk '$2 ~ /^.(srv|mnt|cache|etc.app|var.lib.app)/ && $4 !~ /nosuid,nodev/ {print $2}' /proc/mounts",
        ].join("\n"),
      );
      assert.deepEqual(lines, [
        SECRET,
        `440 ${OWNER}:${OWNER}`,
        "4",
        "shared",
        "file",
        "written",
        `750 ${OWNER}:${OWNER}`,
        `640 ${OWNER}:${OWNER}`,
        "one",
      ]);
      const { pid } = await device().process("storage-app");
      const seen = await device().shell(
        [
          `awk '{print $2}' /proc/${pid}/uid_map`,
          `cat ${VOLUMES}/storage-data/data/kept /data/shared/in/new`,
          `stat -c '%a %u' ${VOLUMES} ${VOLUMES}/storage-data /run/berth/workloads/storage-app /run/berth/mounts/storage-app`,
          `ls ${VOLUMES} | grep ^storage`,
        ].join("; "),
      );
      const [root, ...found] = seen.split("\n");
      assert.deepEqual(found, [
        ...["written", "written"],
        // What is pinned for it only its own root passes.
        ...["700 0", "700 0", "700 0", `700 ${root}`],
        ...["storage-app.cache", "storage-copied", "storage-data", "storage-look"],
      ]);
    });

    test("what a manifest's file holds is in no log, no event, no state and no unit", async () => {
      // A pattern that does not find itself: the test's own commands are in the journal.
      const pattern = SECRET.replace("h", "[h]");
      const found = await device().shell(
        `journalctl --no-pager -o cat | grep -c '${pattern}'; systemctl show berth-workload-storage-app | grep -c '${pattern}'; true`,
      );
      assert.equal(found, "0\n0");
      const told = JSON.stringify([await device().lan.call("getState"), await device().events()]);
      assert.doesNotMatch(told, new RegExp(SECRET));
      const long = app({ files: [{ path: "/a", content: SECRET.repeat(10_000) }] });
      await assert.rejects(device().give({ kind: "apply", manifest: long }), (error: Error) => {
        assert.match(error.message, /files\[0\].* more than 262144 bytes/);
        assert.doesNotMatch(error.message, /horse/);
        return true;
      });
    });

    test("a new image changes nothing in a volume, and what the image declares as VOLUME is kept with no word of it", async () => {
      await inside("storage-app", "echo mine >/cache/mine");
      await device().apply(
        app({ image: imageOf("storage:2"), volumes: [{ name: "storage-copied", path: "/var/lib/app" }] }),
      );
      const { lines } = await inside("storage-app", "cat /var/lib/app/version /cache/mine; ls /srv /mnt 2>/dev/null");
      assert.deepEqual(lines, ["one", "mine"]);
      assert.equal(await device().shell("ls /run/berth/mounts; grep -c /run/berth/mounts/ /proc/mounts || true"), "0");
      await device().apply(app({ image: imageOf("storage:2"), imageVolumes: "none" }));
      const bare = await inside("storage-app", "cat /var/lib/app/version; ls /cache 2>/dev/null; touch /var/lib/app/x");
      assert.deepEqual(bare.lines, ["two"]);
      assert.equal(bare.exitCode, 0, bare.stderr);
      await device().succeed({ kind: "restart", workload: "storage-app" });
      const anew = await inside("storage-app", "cat /var/lib/app/version; ls /var/lib/app/x 2>/dev/null");
      assert.deepEqual(anew.lines, ["two"]);
    });

    test("a path of the device that the policy does not name, that leads out or that is not there is refused", async () => {
      const mounting = (source: string) => app({ mounts: [{ source, path: "/mnt/x" }] });
      const outside = await refusal(mounting("/data/berth"));
      assert.equal(outside.code, "host-path-refused");
      assert.equal(outside.field, "manifest.mounts[0].source");
      assert.equal(outside.value, "/data/berth");
      assert.match(outside.allowed ?? "", /\/data\/shared/);
      for (const source of ["/data/shared/out", "/data/shared/out/device.key"]) {
        const leading = await refusal(mounting(source));
        assert.equal(leading.code, "host-path-refused");
        assert.match(leading.message, /leads out of \/data\/shared/);
      }
      const missing = await refusal(mounting("/data/shared/none"));
      assert.equal(missing.code, "host-path-missing");
      assert.equal(missing.value, "/data/shared/none");
      assert.equal(await device().shell("ls /run/berth/mounts; ls -d /data/shared/none 2>/dev/null || true"), "");
      await device().phase("storage-app", "running");
    });

    test("two things at one place are refused, also where only the image's links make them one", async () => {
      const twice = await refusal(app({ tmpfs: [{ path: "/a" }], volumes: [{ name: "storage-a", path: "/a/" }] }));
      assert.equal(twice.code, "mount-conflict");
      assert.equal(twice.field, "manifest.volumes[0].path");
      const linked = app({ tmpfs: [{ path: "/srv" }], volumes: [{ name: "storage-a", path: "/alias" }] });
      const reason = await refusal(linked);
      assert.equal(reason.code, "mount-conflict");
      assert.equal(reason.field, "volumes[0].path");
      assert.equal(await device().shell(`ls ${VOLUMES} | grep -c ^storage-a$ || true`), "0");
      await device().remove("storage-app");
      assert.equal(await device().shell("ls /run/berth/mounts /run/berth/workloads | grep storage || true"), "");
    });
  });
}
