import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Leftovers, leftoversOf } from "../../faults/leftovers.ts";
import { waitFor } from "../../rig/wait.ts";
import type { Device } from "../support/device.ts";
import { idler, server } from "../support/manifests.ts";

const PATIENCE = 240_000;
const SOON = 60_000;

/** What a micro-VM is kept from, and what becomes of it when something fails. */
export function microvmCases(device: () => Device): void {
  describe("micro-VM", () => {
    const inside = async (workload: string, script: string) => {
      const { exec } = await device().succeed({ kind: "exec", workload, command: ["sh", "-c", script] }, PATIENCE);
      assert.ok(exec);
      return exec;
    };
    const fails = async (workload: string, script: string) => {
      const { exitCode, stdout, stderr } = await inside(workload, script);
      assert.notEqual(exitCode, 0, `${script}\n${stdout}${stderr}`);
    };
    let atFirst: Leftovers;

    before(async () => {
      atFirst = await leftoversOf(device());
      await device().apply(server("vm-victim"), PATIENCE);
      // Root of its own kernel, with every capability and call.
      await device().apply(
        idler("vm-root", {
          isolation: "microvm",
          limits: { memory: "128Mi" },
          capabilities: { add: ["ALL"] },
          seccomp: "unconfined",
          root: "ephemeral",
          restart: { delay: "100ms" },
        }),
        PATIENCE,
      );
    });

    after(async () => {
      await device().remove("vm-root", "vm-victim");
      const left = await waitFor("Nothing left", SOON, async () => {
        const now = await leftoversOf(device());
        return JSON.stringify(now.links) === JSON.stringify(atFirst.links) ? now : undefined;
      });
      const guests = (found: Leftovers) => JSON.stringify(found).includes("vm-root");
      assert.equal(guests(left), false, JSON.stringify(left));
      assert.deepEqual(left.rules, atFirst.rules);
    });

    test("the device knows that KVM works, and says so", async () => {
      const { virtualization } = await device().lan.call("getDevice");
      assert.deepEqual(virtualization, { kvm: "works" });
      assert.equal((await device().status("vm-root")).emulated, undefined);
    });

    test("root in it finds a machine of its own: its processor and memory, its disks, and nothing of the device", async () => {
      const { stdout } = await inside(
        "vm-root",
        "nproc; awk '/MemTotal/ { print ($2 < 131072) }' /proc/meminfo; ls /sys/class/block | tr '\\n' ' '; echo; ls /proc | grep -c '^[0-9]'; cat /proc/sys/kernel/hostname; find / -xdev -name 'berth*' 2>/dev/null | wc -l",
      );
      const [cpus, small, disks, processes, hostname, berth] = stdout.split("\n");
      assert.equal(cpus, "1");
      assert.equal(small, "1");
      assert.match(disks ?? "", /^(vd[a-z] ?)+$/);
      assert.ok(Number(processes) < 10, stdout);
      assert.equal(hostname, "vm-root");
      assert.equal(berth, "0");
    });

    test("its disks are the image's layers, which it cannot write, and what it was given", async () => {
      const { stdout } = await inside(
        "vm-root",
        "for disk in /sys/class/block/vd*; do echo $(cat $disk/serial) $(cat $disk/ro); done | sort",
      );
      assert.equal(stdout, "bundle 1\nlayer0 1\nresult 0\n");
    });

    test("it reaches others by its own address, and nobody by another's", async () => {
      const victim = (await device().status("vm-victim")).address ?? "";
      const own = (await device().status("vm-root")).address ?? "";
      const hardware = async (address: string) => {
        const url = JSON.stringify(`http://${address}/`);
        await device().shell(`BUN_BE_BUN=1 berth -e 'await fetch(${url}, { signal: AbortSignal.timeout(5000) })'`);
        return (await device().shell(`ip neigh show ${address} dev berth0`)).split(" ")[2];
      };
      const known = await hardware(victim);
      const fetches = (more = "") => `wget -q -T 5 -O /dev/null ${more} http://${victim}/`;
      assert.equal((await inside("vm-root", fetches())).exitCode, 0);
      // Another's address, as its own beside its own.
      const forged = own.replace(/\d+$/, (last) => `${(Number(last) % 250) + 1}`);
      await fails("vm-root", `ip addr add ${forged}/16 dev eth0 && ping -c 2 -W 2 -I ${forged} ${victim}`);
      await inside("vm-root", `ip addr del ${forged}/16 dev eth0`);
      // The victim's own, told to all by ARP.
      await inside(
        "vm-root",
        `ip addr add ${victim}/32 dev eth0; arping -A -c 3 -I eth0 ${victim}; ip addr del ${victim}/32 dev eth0`,
      );
      assert.equal(await hardware(victim), known);
      // Another hardware address, and then its own again.
      const card = (await inside("vm-root", "cat /sys/class/net/eth0/address")).stdout.trim();
      await inside("vm-root", "ip link set eth0 down; ip link set eth0 address 02:be:00:00:00:99; ip link set eth0 up");
      await fails("vm-root", `ping -c 2 -W 2 ${victim}`);
      await inside(
        "vm-root",
        `ip link set eth0 down; ip link set eth0 address ${card}; ip link set eth0 up; ip route add default via 10.88.0.1 || true`,
      );
      assert.equal((await inside("vm-root", `ping -c 3 -W 5 ${victim}`)).exitCode, 0);
    });

    test("its QEMU is nobody on the device and sees its own files only", async () => {
      const { pid } = await device().process("vm-root");
      const status = await device().shell(`cat /proc/${pid}/status`);
      assert.match(status, /^Name:\s+qemu-system/m);
      assert.ok(Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) >= 524_288, status);
      assert.match(status, /^NoNewPrivs:\s+1$/m);
      assert.match(status, /^Seccomp:\s+2$/m);
      const seen = await device().shell(`ls /proc/${pid}/root/ | tr '\\n' ' '`);
      assert.doesNotMatch(seen, /\b(data|etc|var|root|home|boot)\b/);
      // As the user it is, where it stands.
      const asQemu = (command: string) =>
        device().appliance.machine.exec(`nsenter -t ${pid} -m -U --setuid 0 --setgid 0 /bin/sh -c '${command}'`);
      for (const place of [
        "/run/berth/workloads/vm-root/config.json",
        "/run/berth/workloads/vm-root/bundle.erofs",
        "/sys/kernel",
      ]) {
        assert.notEqual((await asQemu(`cat ${place} || ls ${place}/`)).code, 0, place);
      }
    });

    test("while nobody takes what it writes, it is entered all the same", async () => {
      const collector = await device().shell("systemctl show --value -p MainPID berth-collector");
      await device().shell(`kill -STOP ${collector}`);
      try {
        // Many times what the pipe holds: QEMU must not wait until it is taken.
        await inside("vm-root", "timeout 5 seq 100000 >/proc/1/fd/1");
        assert.equal((await inside("vm-root", "echo entered")).stdout, "entered\n");
      } finally {
        // Its watchdog may have ended it meanwhile.
        await device().shell(`kill -CONT ${collector} 2>/dev/null || true`);
      }
    });

    test("the supervisor killed meanwhile, it goes on; its QEMU killed, it is started again and the event says so", async () => {
      const first = await device().process("vm-root");
      const supervisor = await device().supervisor();
      await device().shell(`kill -KILL ${supervisor}`);
      await waitFor("A new supervisor", SOON, async () => (await device().supervisor()) !== supervisor);
      assert.deepEqual(await device().process("vm-root"), first);
      assert.equal((await inside("vm-root", "echo still here")).stdout, "still here\n");
      await device().shell(`kill -KILL ${first.pid}`);
      await waitFor("Its second start", PATIENCE, async () => {
        const { restarts, phase } = await device().status("vm-root");
        return restarts === 1 && phase === "running";
      });
      assert.notEqual((await device().process("vm-root")).pid, first.pid);
      assert.equal(
        (await waitFor("Its agent", PATIENCE, () => inside("vm-root", "echo here again").catch(() => undefined)))
          ?.stdout,
        "here again\n",
      );
    });

    test("its kernel's panic is told, with the last words of its console", async () => {
      const ended = inside("vm-root", "mkdir -p /mnt && mount -t proc proc /mnt && echo c >/mnt/sysrq-trigger").catch(
        () => undefined,
      );
      const event = await waitFor("The event", PATIENCE, async () =>
        (await device().events()).find(
          ({ workload, message }) => workload === "vm-root" && /micro-VM died/.test(message),
        ),
      );
      assert.match(event.message, /panic|sysrq/i);
      await ended;
    });

    test("where KVM does not work it is refused with the reason, and nothing is touched", async () => {
      const findings = "/run/berth/kvm.json";
      await device().shell(
        `cp ${findings} /run/kept.json; sed -i 's/"works"/"broken","message":"it hangs"/' ${findings}`,
      );
      try {
        const { status, reason } = await device().order({
          kind: "apply",
          manifest: idler("vm-refused", { isolation: "microvm" }),
        });
        assert.equal(status, "failed");
        assert.equal(reason?.code, "kvm-unavailable");
        assert.match(reason?.message ?? "", /it hangs/);
        assert.match(String(reason?.allowed), /emulation: allowed/);
      } finally {
        await device().shell(`mv /run/kept.json ${findings}`);
      }
    });
  });
}
