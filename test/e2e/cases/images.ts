import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { run } from "../../../image/command.ts";
import { makeTar } from "../../../services/images/fixtures/tar.ts";
import { waitFor } from "../../rig/wait.ts";
import type { Device } from "../support/device.ts";
import { pushIndex, pushWithBallast, pushWithLayers } from "../support/images.ts";
import { idler, imageOf } from "../support/manifests.ts";
import { HOLE, LONG, oddLayers, sparseLayer, ZEROS } from "../support/odd-layers.ts";

/** With busybox's own and a sparse one, 102: each takes a start of mkfs.erofs, which is slow under emulation. */
const MANY_LAYERS = 100;
const BALLAST_MEBIBYTES = 32;
const STORE = "/data/berth/images";

/** Images as builders make them, seen from inside a container, and what becomes of them on the device. */
export function imageCases(device: () => Device): void {
  describe("images", () => {
    const inside = async (workload: string, script: string) => {
      const { exec } = await device().succeed({ kind: "exec", workload, command: ["/bin/sh", "-c", script] });
      assert.equal(exec?.exitCode, 0, `${script}\n${exec?.stdout}${exec?.stderr}`);
      return exec.stdout.trim();
    };
    const berth = async (...words: string[]) => {
      const { code, stdout, stderr } = await device().appliance.overLan(words);
      assert.equal(code, 0, stdout + stderr);
      return stdout;
    };
    /** Whatever the store keeps but records of images. */
    const leftOvers = () =>
      device().shell(`cd ${STORE} && find layers outlines partial temporary pulls -type f | sort`);

    /** What was nothing but a hole is there, and takes next to nothing of the disk. */
    const isSparse = async (workload: string) => {
      const seen = await inside(
        workload,
        "cd /odd; stat -c '%s %b' sparse; tail -c 3 sparse; tr -d '\\000' <sparse | wc -c",
      );
      const [, size, blocks, left] = /^(\d+) (\d+)\nend(\d+)$/.exec(seen) ?? [];
      assert.deepEqual([size, left], [`${HOLE + 3}`, "3"], seen);
      assert.ok(Number(blocks) * 512 < HOLE / 50, `it takes ${blocks} blocks of the disk`);
    };

    before(async () => {
      await pushWithLayers(device(), "odd:one", await oddLayers(device().appliance.folder));
      await pushIndex(device(), "odd", "1", "one");
      await device().apply(idler("images-odd", { image: imageOf("odd:1") }));
    });

    test("all that archives can say of files is there inside", async () => {
      const see = (script: string) => inside("images-odd", `cd /odd; ${script}`);
      assert.equal(await see(`cat '/${LONG}' long-link`), "longlong");
      assert.equal(await see("stat -c '%a %u:%g' setuid"), "4755 12:34");
      assert.match(await see("readlink absolute; cat absolute"), /^\/etc\/passwd\nroot:x:0:0/);
      assert.match(await see("stat -c '%i %h' hard-one hard-two"), /^(\d+ 2)\n\1$/);
      assert.equal(await see("cat parted-one parted-two"), "beforeafter");
      assert.equal(await see("stat -c %s empty zeros"), `0\n${ZEROS}`);
      assert.equal(await see("tr -d '\\000' <zeros | wc -c"), "0");
      assert.equal(
        await see("ls opaque; cat replaced directory; test ! -e gone; test -d old-directory"),
        "above\nupperupper",
      );
      await isSparse("images-odd");
      const { pid } = await device().process("images-odd");
      assert.equal(await attributeOf(device(), `/proc/${pid}/root/odd/attribute`), "an attribute");
    });

    test("an image of more than a hundred layers, on either kind of root", async () => {
      const tars = Array.from({ length: MANY_LAYERS }, (_, index) =>
        makeTar([
          { name: "top", content: `${index}` },
          { name: `many/${index}`, content: `${index}` },
        ]),
      );
      tars.push(await sparseLayer(device().appliance.folder));
      await pushWithLayers(
        device(),
        "many:1",
        tars.map((tar) => ({ tar, compression: "gzip" })),
      );
      await Promise.all(
        (["read-only", "ephemeral"] as const).map((root) =>
          device().apply(idler(`images-many-${root}`, { image: imageOf("many:1"), root }), 300_000),
        ),
      );
      for (const root of ["read-only", "ephemeral"]) {
        const seen = await inside(`images-many-${root}`, "cat /top; ls /many | wc -l; cat /many/0 /many/64");
        assert.equal(seen, `${MANY_LAYERS - 1}${MANY_LAYERS}\n064`);
        await isSparse(`images-many-${root}`);
      }
      await device().remove("images-many-read-only", "images-many-ephemeral");
    });

    test("a pull that was cut off in mid-layer goes on where it was", async () => {
      const { registry } = device().appliance;
      await pushWithBallast(device(), "cut:1", BALLAST_MEBIBYTES);
      const { order } = await device().give({
        kind: "apply",
        manifest: idler("images-cut", { image: imageOf("cut:1") }),
      });
      const partial = `find ${STORE}/partial -type f -size +4096k -exec stat -c '%n %s' {} \\;`;
      const found = await waitFor(
        "A part of the layer",
        60_000,
        async () => (await device().shell(partial)) || undefined,
      );
      await registry.pause();
      const digest = /\/([0-9a-f]{64}) /.exec(found)?.[1] ?? "";
      const kept = Number(await device().shell(`stat -c %s ${STORE}/partial/${digest}`));
      assert.equal((await device().lan.call("getOrder", { params: { id: order } })).status, "running");
      await registry.resume();
      assert.equal((await device().end(order)).status, "succeeded");
      const whole = readFileSync(join(registry.storage, blobPath(digest))).length;
      assert.ok(kept < whole, "it was in the middle");
      const served = [...registry.log().matchAll(new RegExp(`"GET \\S+${digest} HTTP/1\\.1" (\\d+) (\\d+)`, "g"))];
      const [, status, bytes] = served.at(-1) ?? [];
      assert.equal(status, "206");
      // Some of what was on its way still came while the registry was gone.
      assert.ok(Number(bytes) > 0 && Number(bytes) <= whole - kept, `${bytes} of ${whole}, after ${kept}`);
      await device().remove("images-cut");
    });

    test("what was broken off or refused leaves nothing", async () => {
      const names = await leftOvers();
      assert.doesNotMatch(names, /partial|temporary|pulls/);
      await pushWithLayers(device(), "hostile:1", [
        { tar: makeTar([{ name: "harmless", content: "x" }]), compression: "gzip" },
        { tar: makeTar([{ name: "mem", type: "3", device: [1, 1] }]), compression: "gzip" },
      ]);
      const receipt = await device().order({
        kind: "apply",
        manifest: idler("images-hostile", { image: imageOf("hostile:1") }),
      });
      assert.equal(receipt.status, "failed");
      assert.equal(receipt.reason?.code, "layer-invalid");
      assert.match(receipt.reason?.message ?? "", /"mem" is the character device 1:1/);
      await berth("image", "prune");
      assert.equal(await leftOvers(), names);
    });

    test("an exported image is the same to others and comes back as it was", async () => {
      const { folder } = device().appliance;
      const archive = join(folder, "odd.tar");
      const reference = imageOf("odd:1");
      assert.match(await berth("image", "export", "-o", archive, reference), /odd\.tar: .* of image/);
      const { contents, configuration } = await device().lan.call("inspectImage", { query: { reference } });
      const copied = join(folder, "odd-copied");
      await run(["skopeo", "--insecure-policy", "copy", "--quiet", `oci-archive:${archive}`, `oci:${copied}:1`]);
      assert.deepEqual(
        JSON.parse(await run(["skopeo", "inspect", "--config", "--raw", `oci:${copied}:1`])),
        configuration,
      );
      await run(["umoci", "unpack", "--image", `${copied}:1`, `${copied}-unpacked`]);
      assert.equal(readFileSync(join(`${copied}-unpacked/rootfs`, LONG), "utf8"), "long");
      const back = imageOf("back:1");
      await berth("image", "import", "--reference", back, archive);
      const returned = await device().lan.call("inspectImage", { query: { reference: back } });
      assert.deepEqual(
        returned.contents.map(({ diffId }) => diffId),
        contents.map(({ diffId }) => diffId),
      );
      for (const path of [archive, copied, `${copied}-unpacked`]) rmSync(path, { recursive: true });
    });

    test("layers are counted once, and prune frees what it says it would", async () => {
      const back = imageOf("back:1");
      assert.match(await berth("image", "ls"), /odd:1 +sha256:\S+ +4 +0 B +\S+ \S+ +images-odd$/m);
      const refused = await device().appliance.overLan(["image", "remove", imageOf("odd:1")]);
      assert.match(refused.stderr, /is the image of images-odd/);
      const dry = await device().lan.call("pruneImages", { query: { dryRun: true } });
      assert.ok(dry.images.includes(back), `${dry.images}`);
      const { fleet } = device();
      assert.deepEqual(await fleet.call("pruneImages", { query: { dryRun: true } }), dry);
      assert.deepEqual(await fleet.call("listImages"), await device().lan.call("listImages"));
      const query = { reference: imageOf("odd:1") };
      assert.deepEqual(await fleet.call("inspectImage", { query }), await device().lan.call("inspectImage", { query }));
      await assert.rejects(fleet.call("exportImage", { query }), /exported through the device's LAN API only/);
      const before_ = await leftOvers();
      assert.deepEqual(await fleet.call("pruneImages"), { ...dry, dryRun: false });
      assert.equal(await leftOvers(), before_, "another image has all its layers");
      assert.equal(await inside("images-odd", "cat /odd/replaced"), "upper");
      await device().remove("images-odd");
      assert.doesNotMatch(await berth("image", "ls"), /odd:/);
    });
  });
}

function blobPath(digest: string): string {
  return `docker/registry/v2/blobs/sha256/${digest.slice(0, 2)}/${digest}/data`;
}

/** The attribute `user.berth` of a file, which no program of the device tells. */
async function attributeOf(device: Device, path: string): Promise<string> {
  const script = `const {dlopen} = require("bun:ffi");
const {symbols} = dlopen("libc.so.6", {getxattr: {args: ["buffer", "buffer", "buffer", "u64"], returns: "i64"}});
const value = Buffer.alloc(64);
const length = Number(symbols.getxattr(Buffer.from("${path}\\0"), Buffer.from("user.berth\\0"), value, value.length));
console.log(value.subarray(0, length).toString());`;
  return await device.shell(`BUN_BE_BUN=1 berth -e '${script}'`);
}
