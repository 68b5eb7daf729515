import assert from "node:assert/strict";
import { test } from "node:test";
import { manifestOf, paths } from "../fixtures/manifest.ts";
import { guestUnitOf } from "./unit.ts";

const unit = (more: Parameters<typeof manifestOf>[0] = {}, emulated = false) => {
  const properties = guestUnitOf({
    manifest: manifestOf({ isolation: "microvm", ...more }),
    shape: { memory: 256, cpus: 1, emulated },
    paths,
    argv: ["qemu"],
    opened: [
      { path: "/a", readOnly: true },
      { path: "/b", readOnly: false },
    ],
    boot: "/usr/lib/berth/guest",
    volumes: [{ tag: "v0", path: "/volumes/0", readOnly: false }],
    data: "/data/berth",
  });
  return (name: string) => properties.findLast((property) => property.name === name)?.value;
};

test("QEMU is nobody on the device, and sees its own folders only", () => {
  const property = unit();
  assert.deepEqual(property("ExecStart"), [
    { path: "/usr/bin/nsenter", argv: ["nsenter", "--user=/run/guest/user", "--", "qemu"] },
  ]);
  assert.deepEqual(property("TemporaryFileSystem"), [["/", "ro,mode=755"]]);
  const writable = JSON.stringify(property("BindPaths"));
  for (const path of ["/run/berth/workloads/web", "/run/berth/mounts/web/0", "/dev/net/tun"])
    assert.ok(writable.includes(`"${path}"`), path);
  assert.doesNotMatch(writable, /"\/data/);
  assert.deepEqual(property("RestrictAddressFamilies"), [true, ["AF_UNIX"]]);
  assert.equal(property("NoNewPrivileges"), true);
  assert.deepEqual(property("OpenFile"), [
    ["/a", "file0", 1],
    ["/b", "file1", 0],
  ]);
});

test("its memory is the guest's and what QEMU needs beside it", () => {
  assert.equal(unit()("MemoryMax"), (256 + 64) * 1024 * 1024);
  assert.equal(unit({}, true)("MemoryMax"), (256 + 192) * 1024 * 1024);
});

test("a limit of processes is the workload's, not QEMU's", () => {
  assert.ok(Number(unit({ limits: { pids: 4 } })("TasksMax")) > 64);
});

test("KVM is for those that run under it", () => {
  assert.match(JSON.stringify(unit()("DeviceAllow")), /kvm/);
  assert.doesNotMatch(JSON.stringify(unit({}, true)("DeviceAllow")), /kvm/);
});

test("a workload that failed is started again though QEMU ended well", () => {
  const property = unit({ restart: { policy: "on-failure" } });
  assert.equal(property("Restart"), "on-failure");
  assert.equal(property("RestartPreventExitStatus"), undefined);
});
