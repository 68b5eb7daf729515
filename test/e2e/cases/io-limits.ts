import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { WorkloadInput } from "../../../services/model/workload.ts";
import { delay } from "../../rig/wait.ts";
import { type Device, unitOf } from "../support/device.ts";
import { idler } from "../support/manifests.ts";

const KIBIBYTE = 1024;
/** What is written and read again. */
const AMOUNT = 3 * 1024 * KIBIBYTE;
/** Most a second, for the workload that is held back. */
const BANDWIDTH = 512 * KIBIBYTE;
/** Writes of a block each, and most a second. */
const WRITES = 80;
const IOPS = 20;
/** Of what the limit asks for, in which bursts and what was begun before count. */
const CERTAIN = 0.5;

/** Longer than the kernel takes to sum up, in milliseconds (its PSI_FREQ). */
const SUMMED = 2_500;

type IoLimits = NonNullable<NonNullable<WorkloadInput["limits"]>["io"]>;

/** Waiting for the disk, as the kernel counts it for a control group: microseconds (Linux's Documentation/accounting/psi.rst). */
const STALLED = /^some .* total=(\d+)$/m;

/**
 * What is felt of a limit of the disk inside: how long processes were kept waiting by the kernel's own count. A limit can only
 * lengthen it, and so can a busy machine: the least it must be is known beforehand, whatever else is going on.
 */
export function ioLimitsCases(device: () => Device): void {
  describe("limits of the disk", () => {
    /** Its numbers. */
    let disk = "";
    const inside = async (workload: string, script: string) => {
      const command = ["sh", "-c", script];
      const { exec } = await device().succeed({ kind: "exec", workload, command, timeoutSeconds: 240 }, 300_000);
      assert.ok(exec);
      assert.equal(exec.exitCode, 0, exec.stderr);
      return exec.stdout.trim();
    };
    const group = (workload: string) => `/sys/fs/cgroup/berth.slice/${unitOf(workload)}`;
    /** Bytes the kernel counted, and microseconds its processes were kept waiting, as told inside and outside. */
    const counted = async (workload: string) => {
      const told = await inside(workload, "cat /sys/fs/cgroup/io.pressure /sys/fs/cgroup/io.stat");
      const count = (key: string) => Number(new RegExp(`^${disk} .*${key}=(\\d+)`, "m").exec(told)?.[1] ?? 0);
      return { stalled: Number(STALLED.exec(told)?.[1]), read: count("rbytes"), written: count("wbytes") };
    };
    /** What a script makes of the counters. The kernel sums up waiting every two seconds only: before and after, that is waited for. */
    const doing = async (workload: string, script: string) => {
      await delay(SUMMED);
      const first = await counted(workload);
      await inside(workload, script);
      await delay(SUMMED);
      const last = await counted(workload);
      const by = (key: keyof typeof first) => last[key] - first[key];
      return { stalled: by("stalled"), read: by("read"), written: by("written") };
    };
    const both = (script: string) => Promise.all([doing("limits-held", script), doing("limits-free", script)]);
    const manifest = (name: string, io: IoLimits = {}) =>
      idler(name, { volumes: [{ name, path: "/data" }], limits: { io } });
    const least = (AMOUNT / BANDWIDTH) * 1e6 * CERTAIN;

    before(async () => {
      disk = await device().shell("cat /sys/block/vda/dev");
      await device().apply(manifest("limits-held", { readBandwidth: `${BANDWIDTH}`, writeBandwidth: `${BANDWIDTH}` }));
      await device().apply(manifest("limits-free"));
    });

    after(async () => {
      for (const workload of ["limits-held", "limits-free"]) {
        await device().succeed({ kind: "remove", workload, volumes: true });
      }
    });

    test("a workload that may write so much a second is kept waiting as long as that takes, and another is not", async () => {
      // Past the page cache: otherwise it is the journal's thread that waits for most of it.
      const write = `dd if=/dev/zero of=/data/file bs=64k count=${AMOUNT / (64 * KIBIBYTE)} oflag=direct`;
      const [held, free] = await both(write);
      for (const { written } of [held, free]) assert.ok(written >= AMOUNT, `${written}`);
      assert.ok(held.stalled >= least, `${held.stalled} of ${least} µs`);
      assert.ok(held.stalled > 2 * free.stalled, `held back ${held.stalled} µs, free ${free.stalled} µs`);
      const outside = await device().shell(`cat ${group("limits-held")}/io.pressure`);
      assert.ok(Number(STALLED.exec(outside)?.[1]) >= least, outside);
    });

    test("so is one that reads", async () => {
      await device().shell("sync; echo 3 >/proc/sys/vm/drop_caches");
      const [held, free] = await both("cat /data/file >/dev/null");
      for (const { read } of [held, free]) assert.ok(read >= AMOUNT, `${read}`);
      assert.ok(held.stalled >= least, `${held.stalled} of ${least} µs`);
      assert.ok(held.stalled > 2 * free.stalled, `held back ${held.stalled} µs, free ${free.stalled} µs`);
    });

    test("so is one that may write so often a second, however little", async () => {
      await device().apply(manifest("limits-held", { writeIops: IOPS }));
      const write = `dd if=/dev/zero of=/data/file bs=4k count=${WRITES} conv=notrunc oflag=direct`;
      const [held, free] = await both(write);
      assert.ok(held.stalled >= (WRITES / IOPS) * 1e6 * CERTAIN, `${held.stalled} µs`);
      assert.ok(held.stalled > 2 * free.stalled, `held back ${held.stalled} µs, free ${free.stalled} µs`);
    });
  });
}
