import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { run } from "../../../image/command.ts";
import type { Device } from "../support/device.ts";
import { idler, imageOf } from "../support/manifests.ts";

/** A device without a registry is fed by archives. */
export function imageImportCases(device: () => Device): void {
  describe("image import", () => {
    const importFile = async (file: string, reference: string) => {
      const { code, stdout, stderr } = await device().appliance.overLan([
        "image",
        "import",
        "--reference",
        reference,
        file,
      ]);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, new RegExp(`^${reference} `, "m"));
      assert.match((await device().appliance.overLan(["image", "ls"])).stdout, new RegExp(`^${reference} `, "m"));
    };
    test("an OCI layout's archive", async () => {
      const { folder, prepared } = device().appliance;
      const archive = join(folder, "layout.tar");
      await run(["tar", "-C", prepared.workloads.busybox.replace(/:1$/, ""), "-cf", archive, "."]);
      await importFile(archive, imageOf("layout:1"));
      rmSync(archive);
    });

    test("an archive of docker save", async () => {
      const { folder, prepared } = device().appliance;
      const archive = join(folder, "docker.tar");
      const target = `docker-archive:${archive}:${imageOf("saved:1")}`;
      await run(["skopeo", "--insecure-policy", "copy", "--quiet", `oci:${prepared.workloads.busybox}`, target]);
      await importFile(archive, imageOf("saved:1"));
      rmSync(archive);
    });

    test("with no registry to ask, what was imported runs", async () => {
      await device().appliance.registry.pause();
      try {
        await Promise.all(
          Object.entries({ "from-layout": "layout:1", "from-docker": "saved:1" }).map(async ([name, image]) => {
            await device().apply(idler(name, { image: imageOf(image) }));
            const { exec } = await device().succeed({ kind: "exec", workload: name, command: ["busybox", "true"] });
            assert.equal(exec?.exitCode, 0);
          }),
        );
      } finally {
        await device().appliance.registry.resume();
      }
      await device().remove("from-layout", "from-docker");
    });

    test("what is no archive is refused with a reason", async () => {
      const file = join(import.meta.dirname, "image-import.ts");
      const { code, stderr } = await device().appliance.overLan(["image", "import", file]);
      assert.equal(code, 1);
      assert.match(stderr, /cannot be imported/);
      assert.match(stderr, /allowed: a tar archive of an OCI image layout or of docker save/);
    });
  });
}
