import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkloadInput } from "../../model/workload.ts";
import { manifestOf } from "../fixtures/manifest.ts";
import { placesOf } from "../places/places.ts";
import { type BundleInput, bundleOf } from "./bundle.ts";

const PRIVATE = { namespace: "/run/berth/workloads/web/user", first: 655_360, size: 65_536 };

function input(manifest: Partial<WorkloadInput> = {}): BundleInput {
  return {
    manifest: manifestOf(manifest),
    config: { Cmd: ["/bin/server"] },
    account: { uid: 33, gid: 33, additionalGids: [4], home: "/" },
    rootPath: "/run/berth/roots/web",
    users: PRIVATE,
    networkNamespace: "/run/netns/berth-web",
    files: { hosts: "/f/hosts", resolvConf: "/f/resolv.conf", hostname: "/f/hostname" },
    devices: [],
    initProgram: manifest.init ? "/usr/bin/tini-static" : undefined,
    places: placesOf(manifestOf(manifest), {}).flatMap(({ path, content }) =>
      content.kind === "memory"
        ? []
        : [
            {
              destination: path,
              content,
              ...(content.kind === "volume" ? { source: `/data/berth/volumes/${content.volume}/data` } : {}),
            },
          ],
    ),
    architecture: "x64",
  };
}

function bundle(manifest?: Partial<WorkloadInput>) {
  return bundleOf(input(manifest));
}

test("is safe without asking", () => {
  const { root, process, linux } = bundle();
  assert.equal(root.readonly, true);
  assert.equal(process.noNewPrivileges, true);
  assert.equal(process.terminal, false);
  assert.deepEqual(process.capabilities.bounding, [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE",
    "CAP_SETGID",
    "CAP_SETUID",
  ]);
  assert.ok(!("ambient" in process.capabilities) && !("inheritable" in process.capabilities));
  assert.deepEqual(linux.namespaces.map(({ type }) => type).sort(), [
    "cgroup",
    "ipc",
    "mount",
    "network",
    "pid",
    "user",
    "uts",
  ]);
  assert.equal(linux.namespaces.find(({ type }) => type === "network")?.path, "/run/netns/berth-web");
  assert.equal(linux.seccomp?.defaultAction, "SCMP_ACT_ERRNO");
  assert.ok(linux.maskedPaths.includes("/proc/kcore"));
  assert.ok(linux.readonlyPaths.includes("/proc/sys"));
});

test("capabilities are dropped before they are added", () => {
  const { capabilities } = bundle({ capabilities: { drop: ["ALL"], add: ["NET_RAW"] } }).process;
  assert.deepEqual(capabilities.effective, ["CAP_NET_RAW"]);
  const dropped = bundle({ capabilities: { drop: ["KILL"] } }).process.capabilities.permitted;
  assert.ok(!dropped.includes("CAP_KILL") && dropped.includes("CAP_CHOWN"));
});

test("runs as the account found", () => {
  assert.deepEqual(bundle().process.user, { uid: 33, gid: 33, umask: 0o022, additionalGids: [4] });
});

test("an ephemeral root is writable", () => {
  assert.equal(bundle({ root: "ephemeral" }).root.readonly, false);
});

test("volumes are bound without setuid programs and devices, read-only where asked", () => {
  const { mounts } = bundle({
    volumes: [
      { name: "a", path: "/srv/a" },
      { name: "b", path: "/srv/b", readOnly: true },
    ],
  });
  assert.deepEqual(
    mounts.find(({ destination }) => destination === "/srv/a"),
    {
      destination: "/srv/a",
      type: "bind",
      source: "/data/berth/volumes/a/data",
      options: ["bind", "idmap", "nosuid", "nodev", "rw"],
    },
  );
  assert.ok(mounts.find(({ destination }) => destination === "/srv/b")?.options.includes("ro"));
});

test("root inside is nobody on the device, unless it shall have the device's ids", () => {
  const mapping = [{ containerID: 0, hostID: 655_360, size: 65_536 }];
  const { linux } = bundle();
  assert.deepEqual([linux.uidMappings, linux.gidMappings], [mapping, mapping]);
  assert.equal(linux.namespaces.find(({ type }) => type === "user")?.path, PRIVATE.namespace);
  // What the range does not hold, the kernel refuses.
  assert.equal(linux.sysctl["net.ipv4.ping_group_range"], "0 65535");
  const host = bundleOf({ ...input(), users: undefined });
  assert.ok(!("uidMappings" in host.linux) && host.linux.namespaces.every(({ type }) => type !== "user"));
  assert.ok(host.mounts.every(({ options }) => !options.includes("idmap")));
});

test("what is hidden and read-only can be more, and never less", () => {
  const { maskedPaths, readonlyPaths } = bundle({ maskedPaths: ["/proc/version"], readOnlyPaths: ["/srv"] }).linux;
  assert.ok(maskedPaths.includes("/proc/kcore") && maskedPaths.includes("/proc/version"));
  assert.ok(readonlyPaths.includes("/proc/sys") && readonlyPaths.includes("/srv"));
});

test("a profile of its own stands in place of the default one, for the device's architectures", () => {
  const { seccomp } = bundle({
    seccomp: {
      profile: { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["chmod"], action: "SCMP_ACT_ERRNO" }] },
    },
  }).linux;
  assert.equal(seccomp?.defaultAction, "SCMP_ACT_ALLOW");
  assert.deepEqual(seccomp.architectures, ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]);
  assert.ok(!("seccomp" in bundle({ seccomp: "unconfined" }).linux));
});

test("a privileged workload has every capability and device, and nothing is hidden, filtered or read-only for it", () => {
  const disk = { path: "/dev/vda", type: "b", major: 254, minor: 0, fileMode: 0o660, uid: 0, gid: 6 } as const;
  const { linux, process, mounts } = bundleOf({ ...input({ privileged: true }), users: undefined, devices: [disk] });
  assert.equal(process.capabilities.bounding.length, 41);
  assert.equal(process.noNewPrivileges, false);
  assert.deepEqual([linux.maskedPaths, linux.readonlyPaths, linux.devices], [[], [], [disk]]);
  assert.ok(!("seccomp" in linux));
  assert.ok(mounts.find(({ destination }) => destination === "/sys")?.options.includes("rw"));
});

test("what a manifest says of itself stands, privileged or not", () => {
  const { linux, process } = bundle({
    privileged: true,
    seccomp: "default",
    noNewPrivileges: true,
    capabilities: { drop: ["SYS_MODULE"] },
    maskedPaths: ["/proc/kcore"],
    hostname: "box.example",
    sysctls: { "net.ipv4.ip_forward": 1, "net.ipv4.ip_unprivileged_port_start": "1024" },
  });
  assert.equal(process.noNewPrivileges, true);
  assert.ok(!process.capabilities.bounding.includes("CAP_SYS_MODULE"));
  assert.deepEqual(linux.maskedPaths, ["/proc/kcore"]);
  assert.ok(linux.seccomp !== undefined);
  assert.equal(bundle({ hostname: "box.example" }).hostname, "box.example");
  assert.equal(linux.sysctl["net.ipv4.ip_forward"], "1");
  assert.equal(linux.sysctl["net.ipv4.ip_unprivileged_port_start"], "1024");
});

test("places in memory nobody asked for hold what the image has there", () => {
  const places = [{ destination: "/run", content: { kind: "memory", mode: "755", uid: 0, gid: 5 } } as const];
  const options = bundleOf({ ...input(), places }).mounts.find(({ destination }) => destination === "/run")?.options;
  for (const option of ["tmpcopyup", "mode=755", "gid=5", "nosuid", "nodev", "noexec"])
    assert.ok(options?.includes(option), option);
});

test("places in memory have their size and mode", () => {
  const options = bundle({ tmpfs: [{ path: "/tmp", size: "8Mi" }] }).mounts.find(
    ({ destination }) => destination === "/tmp",
  )?.options;
  assert.ok(options?.includes("size=8388608") && options.includes("mode=1777"));
});

test("places are mounted behind the system's, and generated files last and read-only", () => {
  const { mounts } = bundle({
    tmpfs: [{ path: "/srv/a/cache" }, { path: "/etc" }],
    volumes: [{ name: "a", path: "/srv/a" }],
  });
  const order = mounts.map(({ destination }) => destination);
  assert.ok(order.indexOf("/dev") < order.indexOf("/dev/shm"));
  assert.ok(order.indexOf("/etc") < order.indexOf("/etc/hosts"));
  assert.ok(mounts.find(({ destination }) => destination === "/etc/hosts")?.options.includes("ro"));
});

test("/proc is there, /sys and the cgroup are read-only", () => {
  const { mounts } = bundle();
  const options = (path: string) => mounts.find(({ destination }) => destination === path)?.options ?? [];
  assert.ok(options("/proc").includes("nosuid"));
  assert.ok(options("/sys").includes("ro"));
  assert.ok(options("/sys/fs/cgroup").includes("ro"));
});

test("/dev/shm has 64 MiB, or what its limit says", () => {
  const options = (input: Partial<WorkloadInput> = {}) =>
    bundle(input).mounts.find(({ destination }) => destination === "/dev/shm")?.options ?? [];
  assert.ok(options().includes("size=67108864"));
  assert.ok(options({ limits: { shm: "8Mi" } }).includes("size=8388608"));
});

test("open files are limited as systemd does, or as the manifest says", () => {
  assert.deepEqual(bundle().process.rlimits, [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 524_288 }]);
  const { rlimits } = bundle({ limits: { openFiles: 4096 } }).process;
  assert.deepEqual(rlimits, [{ type: "RLIMIT_NOFILE", soft: 4096, hard: 4096 }]);
});

test("a larger /dev/shm takes the place of the default one", () => {
  const shm = bundle({ tmpfs: [{ path: "/dev/shm", size: "256Mi" }] }).mounts.filter(
    ({ destination }) => destination === "/dev/shm",
  );
  assert.equal(shm.length, 1);
  assert.ok(shm[0]?.options.includes("size=268435456"));
});

test("with an init, that is the first process, and read-only; without, there is none", () => {
  const { process, mounts } = bundle({ init: true });
  assert.deepEqual(process.args, ["/dev/init", "--", "/bin/server"]);
  const mount = mounts.find(({ destination }) => destination === "/dev/init");
  assert.equal(mount?.source, "/usr/bin/tini-static");
  assert.ok(mount.options.includes("ro"));
  assert.deepEqual(bundle().process.args, ["/bin/server"]);
  assert.ok(!bundle().mounts.some(({ destination }) => destination === "/dev/init"));
});
