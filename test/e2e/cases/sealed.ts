import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { waitFor } from "../../rig/wait.ts";
import type { Device } from "../support/device.ts";

/** What the kernel shows of itself as files; nothing of it lies on a disk but the firmware's variables. */
const KERNEL =
  "autofs bpf cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl mqueue proc pstore securityfs sysfs tracefs";
const MEMORY = /^\/(run|tmp|var|dev\/shm)(\/|$)/u;
/** By partition. */
const KEPT: Readonly<Record<string, RegExp>> = {
  data: /^\/(data|var\/log\/journal|run\/berth)(\/|$)/u,
  esp: /^\/efi$/u,
};

/** What holds of a running device whatever it does: nothing to write to, nothing to connect to, nothing failed. */
export function sealedCases(device: () => Device): void {
  describe("a sealed device", () => {
    test("only /data, memory and the boot loader's environment can be written", async () => {
      const mounts = (await device().shell("findmnt -rno TARGET,FSTYPE,PARTLABEL,OPTIONS")).split("\n");
      assert.ok(mounts.length > 5);
      const writable = mounts.flatMap((line) => {
        const [target = "", type = "", label = "", options = ""] = line.split(" ");
        if (!options.split(",").includes("rw") || KERNEL.split(" ").includes(type)) return [];
        if (type === "tmpfs" && MEMORY.test(target)) return [];
        return KEPT[label]?.test(target) === true ? [] : [line];
      });
      assert.deepEqual(writable, []);
      assert.match(await device().shell("findmnt -no FSTYPE,OPTIONS /"), /^erofs +ro,/u);
      for (const folder of ["", "/boot", "/etc", "/home", "/opt", "/root", "/srv", "/usr", "/usr/bin"]) {
        const { code, stderr } = await device().appliance.machine.exec(
          `test ! -d '${folder}/' || touch '${folder}/new'`,
        );
        if (code !== 0) assert.match(stderr, /Read-only file system/iu, folder);
        assert.notEqual(await device().shell(`ls '${folder}/new' 2>/dev/null || true`), `${folder}/new`);
      }
    });

    test("the boot loader's partition is there on demand only", async () => {
      await device().shell("test -s /efi/EFI/BOOT/grubenv");
      await waitFor("/efi to be unmounted", 60_000, async () => {
        return !/ vfat /u.test(await device().shell("cat /proc/mounts"));
      });
    });

    test("nothing has failed, and the kernel is not tainted", async () => {
      assert.equal(await device().shell("systemctl list-units --failed --plain --no-legend"), "");
      assert.equal(await device().shell("cat /proc/sys/kernel/tainted"), "0");
    });

    test("our units are closed in, but for the supervisor, which is root by its work (docs/decisions/0012)", async () => {
      const units = (await device().shell("ls /usr/lib/systemd/system/berth-*.service")).split("\n");
      assert.ok(units.length >= 6);
      for (const path of units) {
        const unit = path.slice(path.lastIndexOf("/") + 1);
        if (unit === "berth-supervisor.service") continue;
        const limit = "--threshold=30 --no-pager --json=short";
        const { code, stdout, stderr } = await device().appliance.machine.exec(
          `systemd-analyze security ${limit} ${unit}`,
        );
        assert.equal(code, 0, `${unit}: ${stdout}${stderr}`);
      }
    });

    test("the network reaches the LAN API, and nothing else", async () => {
      const sockets = (await device().shell("ss -Hltun")).split("\n").map((line) => line.trim().split(/ +/u));
      const reachable = sockets
        .map(([protocol, , , , address = ""]) => `${protocol} ${address.replace(/%[^\]:]+/u, "")}`)
        // Loopback; the workloads' resolver on their own bridge; the DHCP client.
        .filter((socket) => !/ (127\.[0-9.]+|\[::1\]|10\.88\.0\.1):|^udp .*:(68|546)$/u.test(socket));
      assert.deepEqual(
        reachable.filter((socket) => !/:8080$/u.test(socket)),
        ["tcp *:443"],
      );
    });
  });
}
