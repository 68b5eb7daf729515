import assert from "node:assert/strict";
import { test } from "node:test";
import { sizesByContent } from "./contents.ts";

test("every byte of a root file system counts once, under what it belongs to", () => {
  const files = [
    { path: "usr/bin/berth", size: 100 },
    { path: "usr/lib/modules/6.12/kernel/drivers/net/veth.ko", size: 7 },
    { path: "lib/modules/6.12/modules.dep", size: 1 },
    { path: "usr/bin/qemu-system-x86_64", size: 50 },
    { path: "usr/lib/systemd/systemd", size: 3 },
    { path: "usr/bin/crun", size: 2 },
    { path: "usr/lib/libc.so.6", size: 20 },
  ];
  assert.deepEqual(
    [...sizesByContent(files)],
    [
      ["berth", 100],
      ["QEMU", 50],
      ["C library and the rest", 20],
      ["kernel modules", 8],
      ["systemd and udev", 3],
      ["containers: crun, nft, ip, EROFS", 2],
    ],
  );
});
