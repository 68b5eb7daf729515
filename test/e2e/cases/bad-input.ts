import assert from "node:assert/strict";
import { open, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { Problem } from "../../../services/model/problem.ts";
import type { Reason } from "../../../services/model/reason.ts";
import type { Receipt } from "../../../services/model/receipt.ts";
import type { WorkloadInput } from "../../../services/model/workload.ts";
import { waitFor } from "../../rig/wait.ts";
import { type Device, trustingFetch } from "../support/device.ts";
import { pushForArchitecture, pushWithBallast } from "../support/images.ts";
import { idler, imageOf, server } from "../support/manifests.ts";

/** Registries the appliance is configured with, beside the one that works. */
export const NO_REGISTRY = "gone.example";
export const CLOSED_REGISTRY = "closed.example";

/** A reason with everything it has to say to somebody who made a mistake. */
type CompleteReason = Reason & { readonly field: string; readonly allowed: string };

/**
 * Every mistake gives code, field, value and what is allowed, and what ran runs on. `meanwhile` adds cases that run while
 * the device still tries what cannot be.
 */
export function badInputCases(device: () => Device, meanwhile: () => void): void {
  describe("bad input", () => {
    let before_: { pid: number; started: string };
    /** Refusals that take their time, since the device tries again: they go on while other cases run. */
    const slow: Record<"unreachable" | "portInUse", string> = { unreachable: "", portInUse: "" };

    /** Applies what cannot be, and gives the reason with everything a reason has to say. */
    const refused = async (manifest: WorkloadInput, status: Receipt["status"] = "failed") =>
      complete(await device().order({ kind: "apply", manifest }), status);
    const complete = (receipt: Receipt, status: Receipt["status"]): CompleteReason => {
      assert.equal(receipt.status, status, JSON.stringify(receipt));
      const { reason } = receipt;
      assert.ok(reason);
      const { code, message, field, value, allowed } = reason;
      assert.ok(field !== undefined && value !== undefined && allowed !== undefined, JSON.stringify(reason));
      return { code, message, field, value, allowed };
    };

    before(async () => {
      await device().apply(idler("steady", { ports: [{ host: 7000, container: 7000 }] }));
      before_ = await device().process("steady");
      await device().shell("systemd-run --quiet --unit=e2e-listener systemd-socket-activate --listen=7001 cat");
      const give = async (manifest: WorkloadInput) => (await device().give({ kind: "apply", manifest })).order;
      slow.unreachable = await give(idler("lost", { image: `${NO_REGISTRY}/busybox:1` }));
      await waitFor("The listener", 30_000, async () => (await device().shell("ss -Htln sport = :7001")) !== "");
      slow.portInUse = await give(idler("late", { ports: [{ host: 7001, container: 80 }] }));
    });

    afterEach(async () => {
      assert.deepEqual(await device().process("steady"), before_, "what ran was disturbed");
      assert.equal((await device().status("steady")).phase, "running");
    });

    after(() => device().remove("steady"));

    test("a manifest with mistakes is refused before anything is ordered", async () => {
      const { folder } = device().appliance;
      const file = join(folder, "wrong.yaml");
      await writeFile(
        file,
        "name: wrong\nimage: registry.example/nginx:1\nlimit:\n  cpus: 1\nports:\n  - {host: 99999, container: 80}\n",
      );
      const { code, stderr } = await device().appliance.overFleet(["apply", file]);
      assert.equal(code, 1);
      assert.match(stderr, /limit is not a known field; did you mean limits\?/);
      assert.match(stderr, /field: +ports\[0\]\.host\n +value: +99999\n +allowed: at most 65535/);
      assert.doesNotMatch((await device().appliance.overFleet(["ps"])).stdout, /^wrong/m);
    });

    test("the API refuses the same manifest with the same words", async () => {
      const post = async (manifest: unknown) => {
        const response = await trustingFetch(`${device().appliance.lanAddress}/v1/orders`, {
          method: "POST",
          headers: { authorization: `Bearer ${device().appliance.token}`, "content-type": "application/json" },
          body: JSON.stringify({ action: { kind: "apply", manifest } }),
        });
        assert.equal(response.status, 400);
        return Problem.parse(await response.json()).reason;
      };
      const unknown = await post({ ...idler("wrong"), limit: {} });
      assert.equal(unknown.code, "unknown-field");
      assert.equal(unknown.field, "action.manifest.limit");
      assert.match(unknown.message, /did you mean limits\?/);
      assert.match(unknown.allowed ?? "", /\blimits\b/);
      const wrong = await post({ ...idler("wrong"), limits: { memory: "much" } });
      assert.equal(wrong.field, "action.manifest.limits.memory");
      assert.equal(wrong.value, "much");
      assert.match(wrong.allowed ?? "", /Mi/);
    });

    test("an image its registry does not have", async () => {
      const reason = await refused(idler("missing", { image: imageOf("nothing:7") }));
      assert.deepEqual([reason.code, reason.field, reason.value], ["image-not-found", "image", imageOf("nothing:7")]);
    });

    test("a registry that refuses", async () => {
      const image = `${CLOSED_REGISTRY}/busybox:1`;
      const reason = await refused(idler("private", { image }));
      assert.deepEqual([reason.code, reason.field, reason.value], ["registry-refused", "image", image]);
      assert.match(reason.message, /403|denied/i);
    });

    test("a layer that is not what its digest says", async () => {
      await pushWithBallast(device(), "damaged:1", 3);
      await damageLargestBlob(device().appliance.registry.storage);
      const reason = await refused(idler("damaged", { image: imageOf("damaged:1") }));
      assert.deepEqual([reason.code, reason.field], ["digest-mismatch", "image"]);
      for (const digest of [reason.value, reason.allowed]) assert.match(String(digest), /^sha256:[0-9a-f]{64}$/);
      assert.notEqual(reason.value, reason.allowed);
    });

    test("an image for another architecture", async () => {
      await pushForArchitecture(device(), "foreign:1", "s390x");
      const reason = await refused(idler("foreign", { image: imageOf("foreign:1") }));
      assert.equal(reason.code, "wrong-architecture");
      assert.match(reason.message, /linux\/s390x/);
      assert.match(reason.allowed, /^linux\/(amd64|arm64)$/);
    });

    test("a full disk", async () => {
      await pushWithBallast(device(), "large:1", 24);
      await device().shell("fallocate -l $(( $(stat -f -c '%a * %S' /data) - 110*1024*1024 )) /data/fill");
      try {
        const reason = await refused(idler("large", { image: imageOf("large:1") }));
        assert.equal(reason.code, "disk-full");
        assert.match(reason.allowed, /bytes/);
        // Other orders are obeyed all the same.
        await device().succeed({ kind: "exec", workload: "steady", command: ["true"] });
      } finally {
        await device().shell("rm /data/fill");
      }
      await device().apply(idler("large", { image: imageOf("large:1") }));
      await device().remove("large");
    });

    test("a port of another workload, of the device's own service, or named twice", async () => {
      const publish = (...hosts: number[]) =>
        server("taker", { ports: hosts.map((host) => ({ host, container: 80 })) });
      const taken = await refused(publish(7000), "rejected");
      assert.deepEqual([taken.code, taken.value], ["port-conflict", 7000]);
      assert.match(taken.field, /ports\[0\]\.host$/);
      assert.match(taken.message, /steady/);
      const own = await refused(publish(7002, 443), "rejected");
      assert.deepEqual([own.code, own.value], ["port-conflict", 443]);
      assert.match(own.field, /ports\[1\]\.host$/);
      const twice = await refused(publish(7003, 7003), "rejected");
      assert.deepEqual([twice.code, twice.value], ["port-conflict", 7003]);
    });

    test("a workload that is not there", async () => {
      const receipt = await device().order({ kind: "stop", workload: "nobody" });
      const reason = complete(receipt, "rejected");
      assert.deepEqual([reason.code, reason.field, reason.value], ["workload-not-found", "workload", "nobody"]);
      assert.match(reason.allowed, /\bsteady\b/);
    });

    test("a command that is not there", async () => {
      const receipt = await device().order({ kind: "exec", workload: "steady", command: ["/no/such/command"] });
      assert.equal(receipt.status === "succeeded" ? receipt.exec?.exitCode : 127, 127, JSON.stringify(receipt));
    });

    test("a port that a process of the device holds", async () => {
      assert.notEqual(slow.portInUse, "");
      const reason = complete(await device().end(slow.portInUse), "failed");
      assert.deepEqual([reason.code, reason.value], ["port-in-use", 7001]);
      assert.match(reason.field, /ports\[0\]\.host$/);
      assert.match(reason.message, /systemd-socket/);
      await device().shell("systemctl stop e2e-listener");
    });

    meanwhile();

    test("a registry that cannot be reached, after several tries", async () => {
      const reason = complete(await device().end(slow.unreachable, 180_000), "failed");
      assert.deepEqual(
        [reason.code, reason.field, reason.value],
        ["registry-unreachable", "image", `${NO_REGISTRY}/busybox:1`],
      );
      assert.match(reason.message, /tried \d+ times/);
    });

    test("nothing of what was refused is left", async () => {
      const { workloads } = await device().lan.call("getState");
      assert.deepEqual(
        workloads.map(({ name }) => name),
        ["steady"],
      );
      const units = await device().shell("systemctl list-units --all --no-legend --plain 'berth-workload-*'");
      assert.match(units, /^berth-workload-steady\.service [^\n]*$/);
      assert.equal(await device().shell("ls /run/berth/workloads"), "steady");
    });
  });
}

/** Changes one byte in the middle of the largest blob: the registry hands it out all the same. */
async function damageLargestBlob(storage: string): Promise<void> {
  const files = (await readdir(storage, { recursive: true })).filter((name) => name.endsWith("/data"));
  const newest = await Promise.all(
    files.map(async (name) => {
      const path = join(storage, name);
      const { mtimeMs, size } = await stat(path);
      return { path, mtimeMs, size };
    }),
  );
  // The ballast is the newest blob beyond a mebibyte.
  const [target] = newest.filter(({ size }) => size > 2 ** 20).sort((a, b) => b.mtimeMs - a.mtimeMs);
  assert.ok(target);
  const file = await open(target.path, "r+");
  const byte = Buffer.alloc(1);
  const middle = Math.floor(target.size / 2);
  await file.read(byte, 0, 1, middle);
  byte[0] = (byte[0] ?? 0) ^ 0xff;
  await file.write(byte, 0, 1, middle);
  await file.close();
}
