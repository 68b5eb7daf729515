import assert from "node:assert/strict";
import { test } from "node:test";
import { ReasonError } from "../../model/reason.ts";
import type { WorkloadInput } from "../../model/workload.ts";
import { bundleOf } from "./bundle.ts";
import { manifestOf } from "./fixtures/manifest.ts";
import { placesOf } from "./places.ts";

function bundle(input: Partial<WorkloadInput> = {}) {
  return bundleOf({
    manifest: manifestOf(input),
    config: { Cmd: ["/bin/server"] },
    account: { uid: 33, gid: 33, additionalGids: [4], home: "/" },
    rootPath: "/run/berth/workloads/web/root",
    networkNamespace: "/run/netns/berth-web",
    files: { hosts: "/f/hosts", resolvConf: "/f/resolv.conf", hostname: "/f/hostname" },
    initProgram: input.init ? "/usr/bin/tini-static" : undefined,
    places: placesOf(manifestOf(input), {}).map((place) => ({
      ...place,
      destination: place.path,
      ...(place.content.kind === "volume" ? { source: `/data/berth/volumes/${place.content.volume}/data` } : {}),
    })),
    architecture: "x64",
  });
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
    "uts",
  ]);
  assert.equal(linux.namespaces.find(({ type }) => type === "network")?.path, "/run/netns/berth-web");
  assert.ok(linux.maskedPaths.includes("/proc/kcore"));
  assert.ok(linux.readonlyPaths.includes("/proc/sys"));
});

test("capabilities are dropped before they are added", () => {
  const { capabilities } = bundle({ capabilities: { drop: ["ALL"], add: ["NET_RAW"] } }).process;
  assert.deepEqual(capabilities.effective, ["CAP_NET_RAW"]);
  const dropped = bundle({ capabilities: { drop: ["KILL"] } }).process.capabilities.permitted;
  assert.ok(!dropped.includes("CAP_KILL") && dropped.includes("CAP_CHOWN"));
});

test("a capability Linux does not know is refused by field", () => {
  assert.throws(
    () => bundle({ capabilities: { add: ["NET_RAW", "FLY"] } }),
    (error) => error instanceof ReasonError && error.reason.field === "capabilities.add[1]",
  );
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
      options: ["bind", "nosuid", "nodev", "rw"],
    },
  );
  assert.ok(mounts.find(({ destination }) => destination === "/srv/b")?.options.includes("ro"));
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
