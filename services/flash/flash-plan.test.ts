import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { planFlash } from "./flash-plan.ts";
import { parseDisks } from "./lsblk.ts";

const GIB = 1024 ** 3;
/** A notebook: NVMe disk with LUKS and LVM, a stick, a card reader with and without a card, a disk in a dock, a loop. */
const DISKS = parseDisks(readFileSync(join(import.meta.dirname, "fixtures/lsblk.json"), "utf8"));

function plan(path: string, options: { imageSize?: number; force?: boolean } = {}) {
  const { imageSize = 2 * GIB, force = false } = options;
  return planFlash({ target: { kind: "device", path }, disks: DISKS, imageSize, force });
}

const refusals = (path: string, options: { imageSize?: number; force?: boolean } = {}) =>
  plan(path, options).refusals.map(({ code, message }) => `${code}: ${message}`);

test("a removable disk that nothing uses is taken, and shown with what is on it", () => {
  const { refusals: found, name, description } = plan("/dev/sdb");
  assert.deepEqual(found, []);
  assert.equal(name, "sdb");
  assert.deepEqual(description, [
    "/dev/sdb: SanDisk Ultra Fit, 28.7 GiB (usb, removable)",
    '  /dev/sdb1: 4.0 GiB, vfat, "PHOTOS"',
    '  /dev/sdb2: 24.6 GiB, no known file system, "spare"',
  ]);
});

test("a card in a built-in reader can be taken out, whatever its rm says", () => {
  assert.deepEqual(refusals("/dev/mmcblk0"), []);
  assert.deepEqual(plan("/dev/mmcblk0").description, [
    "/dev/mmcblk0: SD64G, 59.5 GiB (mmc, removable)",
    "  nothing known is on it",
  ]);
});

test("the disk the system runs from is refused, also through LUKS and LVM, and also with --force", () => {
  for (const force of [false, true]) {
    const [first] = refusals("/dev/nvme0n1", { force });
    assert.equal(first, "target-in-use: /dev/nvme0n1 holds its swap and the running system's /");
  }
});

test("a disk with something mounted is refused and says what and where", () => {
  assert.deepEqual(refusals("/dev/sdc"), ["target-in-use: /dev/sdc1 is mounted at /media/ann/BACKUP"]);
  assert.deepEqual(refusals("/dev/sdc", { force: true }).length, 1);
  assert.equal(plan("/dev/sdc").refusals[0]?.allowed, "a disk nothing of which is mounted: umount /dev/sdc1");
});

test("a disk that is mounted whole is shown as such, though its file system is not known", () => {
  assert.deepEqual(plan("/dev/vdb", { force: true }).description, [
    "/dev/vdb: unnamed, 8.0 GiB (virtio, built in)",
    "  /dev/vdb: 8.0 GiB, no known file system, in use: /mnt",
  ]);
  assert.match(refusals("/dev/vdb", { force: true })[0] ?? "", /^target-in-use: \/dev\/vdb is mounted at \/mnt/);
});

test("a partition is refused and its disk named", () => {
  const [reason] = plan("/dev/sdb1").refusals;
  assert.deepEqual([reason?.code, reason?.allowed], ["target-not-a-disk", "the whole disk, /dev/sdb"]);
  const [volume] = plan("/dev/mapper/vg-home").refusals;
  assert.deepEqual([volume?.code, volume?.allowed], ["target-not-a-disk", "the whole disk, /dev/nvme0n1"]);
});

test("a disk that is too small says what is missing to the byte", () => {
  const [reason] = plan("/dev/sdb", { imageSize: 32 * GIB }).refusals;
  assert.equal(reason?.code, "target-too-small");
  assert.match(reason?.message ?? "", /has 30784094208 B, the image needs 34359738368 B/);
});

test("a built-in disk wants --force, and then is taken", () => {
  assert.match(refusals("/dev/sda")[0] ?? "", /^target-not-removable/);
  assert.deepEqual(refusals("/dev/sda", { force: true }), []);
  assert.match(refusals("/dev/loop7")[0] ?? "", /^target-not-removable/);
});

test("an empty reader, a locked card, and a disk nobody knows are refused", () => {
  assert.match(refusals("/dev/sdd")[0] ?? "", /^target-missing: \/dev\/sdd holds no medium/);
  assert.match(refusals("/dev/sde")[0] ?? "", /^target-read-only/);
  assert.match(refusals("/dev/sdz")[0] ?? "", /^target-not-a-disk/);
});

test("several reasons are all told", () => {
  assert.deepEqual(
    plan("/dev/sda", { imageSize: 1000 * GIB }).refusals.map(({ code }) => code),
    ["target-too-small", "target-not-removable"],
  );
});

test("a regular file is taken; what is not there, or is neither, is not", () => {
  const decide = (kind: "missing" | "other") =>
    planFlash({ target: { kind, path: "/dev/sdz" }, disks: [], imageSize: 1, force: true }).refusals[0]?.code;
  const file = { kind: "file", path: "/tmp/vm.img", size: 5 } as const;
  assert.deepEqual(planFlash({ target: file, disks: [], imageSize: 10, force: false }).refusals, []);
  assert.equal(decide("missing"), "target-missing");
  assert.equal(decide("other"), "target-not-a-disk");
});
