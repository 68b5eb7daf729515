import assert from "node:assert/strict";
import { test } from "node:test";
import { loadOrder, moduleName, parseModulesDep } from "./modules.ts";

const DEP = `kernel/lib/crc.ko.xz:
kernel/fs/netfs.ko.xz: kernel/lib/crc.ko.xz
kernel/fs/erofs/erofs.ko.xz: kernel/fs/netfs.ko.xz kernel/lib/crc.ko.xz
kernel/drivers/block/virtio_blk.ko.xz:
kernel/drivers/usb/xhci-pci.ko: kernel/lib/crc.ko.xz
`;

test("a module's name has underscores and no suffix", () => {
  assert.equal(moduleName("kernel/drivers/usb/xhci-pci.ko"), "xhci_pci");
  assert.equal(moduleName("kernel/fs/erofs/erofs.ko.xz"), "erofs");
});

test("what a module needs is loaded before it, once", () => {
  assert.deepEqual(loadOrder(parseModulesDep(DEP), ["erofs", "xhci_pci"]), [
    "kernel/lib/crc.ko.xz",
    "kernel/fs/netfs.ko.xz",
    "kernel/fs/erofs/erofs.ko.xz",
    "kernel/drivers/usb/xhci-pci.ko",
  ]);
});

test("a name that is no module is passed over", () => {
  assert.deepEqual(loadOrder(parseModulesDep(DEP), ["ext4"]), []);
});
