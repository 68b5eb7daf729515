import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { WorkloadInput } from "../../../services/model/workload.ts";
import { type Device, unitOf } from "../support/device.ts";
import { idler } from "../support/manifests.ts";

/** Ids in a workload's range. */
const SIZE = 65_536;

/** Whose ids a workload has, and what stays of them. */
export function isolationCases(device: () => Device): void {
  describe("isolation", () => {
    const inside = async (workload: string, script: string) => {
      const { exec } = await device().succeed({ kind: "exec", workload, command: ["sh", "-c", script] });
      assert.ok(exec);
      return exec;
    };
    const prints = async (workload: string, script: string) => {
      const { exitCode, stdout, stderr } = await inside(workload, script);
      assert.equal(exitCode, 0, `${script}\n${stdout}${stderr}`);
      return stdout.trim();
    };
    /** The device's id of root inside. */
    const firstId = async (workload: string) => {
      const { pid } = await device().process(workload);
      const [inner, outer, size] = (await device().shell(`cat /proc/${pid}/uid_map`)).trim().split(/ +/).map(Number);
      assert.deepEqual([inner, size], [0, SIZE]);
      assert.equal(await device().shell(`cat /proc/${pid}/gid_map`), await device().shell(`cat /proc/${pid}/uid_map`));
      return outer ?? 0;
    };
    const keeper = (more: Partial<WorkloadInput> = {}) =>
      idler("isolation-keeper", { volumes: [{ name: "isolation", path: "/srv" }], ...more });
    const leftovers = () =>
      device().shell(
        "grep -c -e ' /run/berth/[ir]' -e isolation /proc/self/mountinfo; ls /run/berth/i /run/berth/roots /run/netns | grep isolation; true",
      );

    before(async () => {
      await device().apply(keeper());
      await device().apply(idler("isolation-other", { root: "ephemeral" }));
    });

    after(async () => {
      await device().remove("isolation-keeper", "isolation-other");
      await device().shell("rm -rf /data/berth/volumes/isolation");
    });

    test("root inside is nobody on the device, and no two workloads share an id", async () => {
      const firsts = await Promise.all(["isolation-keeper", "isolation-other"].map(firstId));
      assert.ok(firsts.every((first) => first >= SIZE));
      assert.ok(Math.abs((firsts[0] ?? 0) - (firsts[1] ?? 0)) >= SIZE, `${firsts}`);
      const { pid } = await device().process("isolation-keeper");
      assert.equal(await device().shell(`stat -c '%u %g' /proc/${pid}`), `${firsts[0]} ${firsts[0]}`);
      assert.equal(await prints("isolation-keeper", "id -u; id -g"), "0\n0");
      // A command of exec is no exception.
      const group = `/sys/fs/cgroup/berth.slice/${unitOf("isolation-keeper")}`;
      const exec = device().succeed({
        kind: "exec",
        workload: "isolation-keeper",
        command: ["sh", "-c", "touch /srv/go; while [ -e /srv/go ]; do sleep 0.2; done"],
      });
      const uids = await device().shell(
        `while [ ! -e /data/berth/volumes/isolation/data/go ]; do sleep 0.2; done; for pid in $(cat ${group}/exec-*/cgroup.procs); do [ $(cat /proc/$pid/comm) = crun ] || stat -c %u /proc/$pid; done | sort -u; rm /data/berth/volumes/isolation/data/go`,
      );
      await exec;
      assert.equal(uids, `${firsts[0]}`);
    });

    test("its namespaces belong to its own user namespace, the network's with them", async () => {
      const { pid } = await device().process("isolation-keeper");
      const namespaces = await device().shell(`for one in ${pid} 1; do readlink /proc/$one/ns/user; done`);
      const [own, devices] = namespaces.split("\n");
      assert.notEqual(own, devices);
      // What is written there needs the right over the network namespace's owner.
      assert.equal(
        await device().shell("nsenter -t 1 -n true; cat /proc/sys/net/ipv4/ip_unprivileged_port_start"),
        "1024",
      );
      assert.equal(await prints("isolation-keeper", "cat /proc/sys/net/ipv4/ip_unprivileged_port_start"), "0");
      assert.equal(await prints("isolation-keeper", "ls /sys/class/net | tr '\\n' ' '"), "eth0 lo");
    });

    test("the image's files belong to whom they belong in the image, though their layers are shared", async () => {
      for (const workload of ["isolation-keeper", "isolation-other"])
        assert.equal(await prints(workload, "stat -c '%u %g' / /bin/busybox /etc/hosts /etc/passwd | sort -u"), "0 0");
      assert.equal(await device().shell("stat -c %u /run/berth/l/*/bin | sort -u"), "0");
      assert.equal((await inside("isolation-other", "echo >/etc/passwd && rm /bin/busybox")).exitCode, 0);
    });

    test("what root inside writes to a volume is root's there, on disk and after a restart, and the device's own is not", async () => {
      await prints("isolation-keeper", "echo kept >/srv/kept && chown 33:34 /srv/kept && touch /srv/own");
      assert.equal(
        await device().shell("cd /data/berth/volumes/isolation/data && stat -c '%n %u %g' kept own"),
        "kept 33 34\nown 0 0",
      );
      const before = await firstId("isolation-keeper");
      await device().succeed({ kind: "restart", workload: "isolation-keeper" });
      assert.equal(await firstId("isolation-keeper"), before);
      await device().succeed({ kind: "stop", workload: "isolation-keeper" });
      await device().succeed({ kind: "start", workload: "isolation-keeper" });
      assert.equal(await firstId("isolation-keeper"), before);
      assert.equal(
        await prints("isolation-keeper", "stat -c '%u %g' /srv/kept /srv/own; cat /srv/kept"),
        "33 34\n0 0\nkept",
      );
      await prints("isolation-keeper", "echo more >>/srv/own");
    });

    test("killed, it comes back with the same ids, also with a root that is made anew", async () => {
      const before = await firstId("isolation-other");
      const { pid } = await device().process("isolation-other");
      await device().shell(`kill -KILL ${pid}`);
      await device().shell(
        `while [ "$(systemctl show --value -p MainPID ${unitOf("isolation-other")})" = ${pid} ] || ! systemctl is-active -q ${unitOf("isolation-other")}; do sleep 0.2; done`,
      );
      assert.equal(await firstId("isolation-other"), before);
      assert.equal(await prints("isolation-other", "cat /etc/passwd | wc -l"), "2");
    });

    test("the device's own /dev/null stays the device's", async () => {
      await prints("isolation-keeper", "readlink /proc/1/fd/0 | grep pipe");
      assert.equal(await device().shell("stat -c '%u %g %a' /dev/null"), "0 0 666");
    });

    test("userns: host has the device's ids, where the policy allows it", async () => {
      await device().apply(idler("isolation-host", { userns: "host" }));
      const { pid } = await device().process("isolation-host");
      assert.equal(await device().shell(`stat -c %u /proc/${pid}`), "0");
      assert.equal(
        await device().shell(`readlink /proc/${pid}/ns/user`),
        await device().shell("readlink /proc/1/ns/user"),
      );
      await device().remove("isolation-host");
    });

    test("removed, nothing is left of its ids, mounts and namespaces", async () => {
      const before = await leftovers();
      await device().apply(idler("isolation-gone"));
      assert.match(await device().shell("cat /data/berth/id-ranges.json"), /isolation-gone/);
      await device().remove("isolation-gone");
      assert.equal(await leftovers(), before);
      assert.doesNotMatch(await device().shell("cat /data/berth/id-ranges.json"), /isolation-gone/);
    });
  });
}
