import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Device } from "../support/device.ts";
import { idler } from "../support/manifests.ts";
import { type SystemCall, systemCallScript } from "../support/system-call.ts";

const EPERM = 1;
const ESRCH = 3;
const ENOSYS = 38;
const NEW_USER = 0x10000000;
const NEW_NET = 0x40000000;
const SOCK_RAW = 3;

/** Calls that reach beyond a container, with what each ends with inside one. */
const CALLS: readonly (readonly [SystemCall, expected: number, ...values: number[]])[] = [
  ["acct", EPERM],
  ["add_key", EPERM],
  ["bpf", EPERM],
  ["clone", ENOSYS, NEW_USER],
  ["clone", ENOSYS, NEW_NET],
  ["clone3", ENOSYS],
  ["delete_module", EPERM],
  ["finit_module", EPERM],
  ["fsopen", EPERM],
  ["init_module", EPERM],
  ["io_uring_setup", EPERM],
  ["kexec_load", EPERM],
  ["keyctl", EPERM],
  ["mount", EPERM],
  ["mount_setattr", EPERM],
  ["move_mount", EPERM],
  ["open_by_handle_at", EPERM],
  ["open_tree", EPERM],
  ["perf_event_open", EPERM],
  ["pivot_root", EPERM],
  ["quotactl", EPERM],
  ["reboot", EPERM],
  ["request_key", EPERM],
  ["sethostname", EPERM],
  ["setns", EPERM],
  ["settimeofday", EPERM],
  // AF_INET and AF_PACKET.
  ["socket", EPERM, 2, SOCK_RAW, 1],
  ["socket", EPERM, 17, SOCK_RAW, 3],
  ["swapon", EPERM],
  ["syslog", EPERM],
  ["umount2", EPERM],
  ["unshare", EPERM, NEW_USER],
  ["userfaultfd", EPERM],
];

/** What root inside may try without a program of its own; each must fail. Run in a folder that it may write and execute in. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  "write its own executable": "cat /proc/self/exe >/dev/null && echo >>/proc/self/exe",
  "replace the image's programs": "cp /bin/busybox /bin/busybox",
  "make a node of a disk": "mknod disk b 254 0",
  "make a node of memory": "mknod mem c 1 1",
  "read a disk": "for disk in /dev/[vs]d*; do head -c 1 $disk && exit 0; done; exit 1",
  "read the kernel's memory": "head -c 1 /proc/kcore | grep -q .",
  "read the kernel's log": "dmesg | grep -q .",
  "mount memory": "mkdir -p m && mount -t tmpfs none m",
  "mount the kernel's interfaces": "mkdir -p m && mount -t proc proc m",
  "make /proc/sys writable": "mount -o remount,rw /proc/sys",
  "uncover what is masked": "umount /proc/interrupts",
  "set a core pattern": "echo '|/srv/x' >/proc/sys/kernel/core_pattern",
  "set the kernel's host name": "hostname owned",
  "ask the kernel to crash": "echo c >/proc/sysrq-trigger",
  "set a helper for uevents": "echo /srv/x >/sys/kernel/uevent_helper",
  "load firmware or a module": "insmod /bin/busybox",
  "set the clock": "date -s 2001-01-01; date | grep 2001",
  "leave its cgroup": "echo $$ >/sys/fs/cgroup/cgroup.procs",
  "raise its limits": "echo max >/sys/fs/cgroup/memory.max",
  "make a cgroup": "mkdir /sys/fs/cgroup/x",
  "make a user namespace": "unshare -U true",
  "make a network namespace": "unshare -n true",
  "enter the namespaces of the device": "nsenter -t 1 -m -n true",
  "give itself another network": "ip link add x type dummy",
  "change its address": "ip addr add 10.88.0.1/16 dev eth0",
  "make a file another user's with special rights":
    "touch setuid && chown 0:0 setuid && chmod 4755 setuid && mount -o remount,suid /srv",
  "change the device's /dev/null": "chmod 600 /dev/zero /proc/1/fd/0",
};

/** Of those, what holds only as long as a workload has not been given every capability and no filter of calls. */
const HARMLESS_WITH_ALL = new Set([
  // Within namespaces of its own: nobody else sees it.
  "mount memory",
  "mount the kernel's interfaces",
  "make /proc/sys writable",
  "uncover what is masked",
  "set the kernel's host name",
  "make a user namespace",
  "make a network namespace",
  "enter the namespaces of the device",
  "give itself another network",
  "change its address",
]);

/** What a workload cannot do to the device, tried as root inside one. */
export function escapeCases(device: () => Device): void {
  describe("escape", () => {
    const inside = async (workload: string, script: string) => {
      const { exec } = await device().succeed({ kind: "exec", workload, command: ["sh", "-c", script] });
      assert.ok(exec);
      return exec;
    };
    /** The names of the attempts that succeeded. */
    const successes = async (workload: string, attempts: readonly (readonly [string, string])[]) => {
      const lines = attempts.map(([name, script]) => `(${script}) >/dev/null 2>&1 </dev/null && echo "${name}"`);
      const { stdout } = await inside(workload, `cd /srv\n${lines.join("\n")}\necho end`);
      const names = stdout.trim().split("\n");
      assert.equal(names.pop(), "end");
      return names;
    };
    const signs = () =>
      device().shell(
        "cat /proc/sys/kernel/core_pattern /proc/sys/kernel/random/boot_id /proc/sys/kernel/hostname; sha256sum /usr/bin/crun; stat -c '%n %a %u %g' /dev/null /dev/zero; ls -d /run/[a-z]*; ip -4 addr show dev berth0 | grep inet",
      );
    let untouched: string;

    before(async () => {
      untouched = await signs();
      const volumes = [{ name: "escape", path: "/srv" }];
      await device().apply(idler("escape", { volumes }));
      await device().apply(
        idler("escape-armed", {
          volumes,
          capabilities: { add: ["ALL"] },
          seccomp: "unconfined",
          noNewPrivileges: false,
        }),
      );
    });

    after(async () => {
      await device().remove("escape", "escape-armed");
      await device().shell("rm -rf /data/berth/volumes/escape");
    });

    test("root inside does nothing to the device with what every image has", async () => {
      assert.deepEqual(await successes("escape", Object.entries(ATTEMPTS)), []);
      assert.equal(await signs(), untouched);
    });

    test("every system call that reaches beyond the container fails", async () => {
      const { arch } = device().appliance.prepared.image;
      const scripts = CALLS.map(([name, , ...values]) => systemCallScript("/srv/call", arch, name, ...values));
      const { stdout, stderr } = await inside("escape", scripts.join("\n"));
      const expected = CALLS.map(([name, error]) => `${name} ${error}`);
      assert.deepEqual(stdout.trim().split("\n"), expected, stderr);
    });

    test("another's processes cannot be seen, signalled or traced", async () => {
      const { arch } = device().appliance.prepared.image;
      const { pid } = await device().process("escape-armed");
      const script = [
        // PTRACE_ATTACH.
        systemCallScript("/srv/call", arch, "ptrace", 16, pid),
        `kill -0 ${pid} 2>/dev/null; echo kill $?`,
        `ls -d /proc/${pid} 2>/dev/null; echo ls $?`,
        "grep -l sleep /proc/[0-9]*/cmdline | wc -l",
      ].join("\n");
      for (const workload of ["escape", "escape-armed"]) {
        const { stdout } = await inside(workload, script);
        // Its own sleep, and the shell and grep that look for it.
        assert.match(stdout, new RegExp(`^ptrace ${ESRCH}\\nkill 1\\nls 1\\n[123]\\n$`));
      }
    });

    test("with every capability and no filter it is root of its own namespaces, and of nothing else", async () => {
      const attempts = Object.entries(ATTEMPTS).filter(([name]) => !HARMLESS_WITH_ALL.has(name));
      assert.deepEqual(await successes("escape-armed", attempts), []);
      // They work there, so that their failing without says something.
      const harmless = Object.entries(ATTEMPTS).filter(([name]) => HARMLESS_WITH_ALL.has(name));
      assert.deepEqual(
        await successes("escape-armed", harmless),
        harmless.map(([name]) => name),
      );
      // What is uncovered and made writable is still not its own.
      const further: Record<string, string> = {
        "set a core pattern after all": "umount /proc/sys; echo '|/srv/x' >/proc/sys/kernel/core_pattern",
        "read the kernel's memory after all": "head -c 1 /proc/kcore | grep -q .",
        "raise its limits after all": "mount -o remount,rw /sys/fs/cgroup; echo max >/sys/fs/cgroup/memory.max",
        "leave its cgroup after all": "mount -t cgroup2 none m && mkdir m/x && echo $$ >m/x/cgroup.procs",
        "mount a disk": "mount -t ext4 /dev/vda1 m || mount -t ext4 /srv/x m",
        "restart the device": "echo 1 >/proc/sys/kernel/panic",
        "trust a device's node": "mknod null c 1 3",
      };
      assert.deepEqual(await successes("escape-armed", Object.entries(further)), []);
      assert.equal(await signs(), untouched);
    });

    test("what runs in place of crun's command finds nothing of the device to write to", async () => {
      // The kernel runs what a script's first line names: here whatever enters the container.
      const script =
        "printf '#!/proc/self/exe\\n' >/srv/trick; chmod 755 /srv/trick; (i=0; while [ $i -lt 400 ]; do for exe in /proc/[0-9]*/exe; do case $(readlink $exe) in *busybox|'') ;; *) echo $exe; echo x 2>/dev/null >>$exe && echo written;; esac; done; i=$((i+1)); done) >/srv/seen 2>&1 &";
      await inside("escape-armed", `${script} sleep 0`);
      for (let attempt = 0; attempt < 3; attempt++) {
        await device().order({ kind: "exec", workload: "escape-armed", command: ["/srv/trick", "--version"] });
      }
      assert.doesNotMatch((await inside("escape-armed", "cat /srv/seen")).stdout, /written/);
      assert.equal(await signs(), untouched);
    });

    test("links in a volume lead nowhere but into the container, at the start and for a command", async () => {
      await inside(
        "escape",
        "cd /srv && ln -sfn /run out && ln -sfn ../../../../../../run up && ln -sfn /proc/1/root/run root",
      );
      for (const link of ["out", "up", "root"]) {
        const order = await device().order({
          kind: "apply",
          manifest: idler("escape-link", {
            workdir: `/srv/${link}`,
            volumes: [{ name: "escape", path: "/srv" }],
            tmpfs: [{ path: `/srv/${link}/escape-${link}` }],
          }),
        });
        // Refused, or inside: the device has it nowhere.
        if (order.status === "succeeded") {
          const { stdout } = await inside("escape-link", "ls -a . /run; cat /proc/self/mounts");
          assert.doesNotMatch(stdout, /supervisor\.sock|crun|\/data\/berth\/images/);
          await device().remove("escape-link");
        } else assert.equal(order.status, "failed");
        assert.equal(await signs(), untouched, link);
      }
      // The volume's own content, read by the device: never more than a link.
      assert.equal(
        await device().shell("cd /data/berth/volumes/escape/data && for one in out up; do readlink $one; done"),
        "/run\n../../../../../../run",
      );
    });

    test("nothing of the device's own network is there to talk to", async () => {
      const { stdout } = await inside(
        "escape",
        "for to in '127.0.0.1 443' '127.0.0.1 22' '10.88.0.1 443' '10.88.0.1 22' '10.0.2.15 443'; do nc -w 3 $to </dev/null && echo $to; done; ls -d /run/berth /run/systemd /run/dbus; echo end",
      );
      assert.equal(stdout, "end\n");
    });

    test("privileged is root on the device, where the policy allows it", async () => {
      await device().apply(
        idler("escape-privileged", { privileged: true, volumes: [{ name: "escape", path: "/srv" }] }),
      );
      const { pid } = await device().process("escape-privileged");
      const status = await device().shell(`cat /proc/${pid}/status`);
      assert.match(status, /^CapEff:\s+000001ffffffffff$/m);
      assert.match(status, /^Seccomp:\s+0$/m);
      assert.match(status, /^NoNewPrivs:\s+0$/m);
      assert.match(status, /^Uid:\s+0\s/m);
      const may = ["read a disk", "read the kernel's log", "mount memory", "make a node of memory"];
      const attempts = may.map((name) => [name, ATTEMPTS[name] ?? ""] as const);
      assert.deepEqual(await successes("escape-privileged", attempts), may);
      await device().remove("escape-privileged");
    });
  });
}
