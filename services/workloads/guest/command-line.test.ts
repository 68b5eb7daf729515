import assert from "node:assert/strict";
import { test } from "node:test";
import { type GuestOptions, qemuCommand } from "./command-line.ts";

const OPTIONS: GuestOptions = {
  architecture: "x64",
  shape: { memory: 256, cpus: 2, emulated: false },
  clock: { kilohertz: 2_596_104, loopsPerJiffy: 10_377_248 },
  boot: "/usr/lib/berth/guest",
  layers: ["/data/top.erofs", "/data/base.erofs"],
  bundle: "/run/b.erofs",
  result: "/run/result",
  pipes: { stdout: "/run/out", stderr: "/run/err", control: "/run/control" },
  agentFolder: "/run/guest/agent",
  link: { name: "bw88-0-5", hardwareAddress: "02:be:0a:58:00:05" },
  volumes: [{ tag: "v0", path: "/volumes/0", readOnly: true }],
};

/** The value after each occurrence of an option. */
function valuesOf(argv: readonly string[], option: string): string[] {
  return argv.flatMap((word, index) => (word === option ? [argv[index + 1] ?? ""] : []));
}

test("a guest has its own machine, and QEMU no files but those it is given open", () => {
  const { argv, opened } = qemuCommand(OPTIONS);
  assert.equal(argv[0], "qemu-system-x86_64");
  assert.deepEqual(valuesOf(argv, "-m"), ["256M"]);
  assert.deepEqual(valuesOf(argv, "-smp"), ["2"]);
  assert.match(valuesOf(argv, "-sandbox").join(), /^on,.*spawn=deny/);
  const paths = opened.files.map(({ path }) => path);
  for (const path of ["/dev/kvm", "/run/b.erofs", "/data/top.erofs", "/run/result"]) {
    assert.ok(paths.includes(path), path);
    assert.ok(!argv.some((word) => word.includes(path)), path);
  }
});

test("disks are named, the topmost layer first, and only the result can be written", () => {
  const { argv, opened } = qemuCommand(OPTIONS);
  const serials = valuesOf(argv, "-device").flatMap((device) => /serial=(\w+)/.exec(device)?.[1] ?? []);
  assert.deepEqual(serials, ["layer0", "layer1", "bundle", "result"]);
  const writable = opened.files.filter(({ readOnly }) => !readOnly).map(({ path }) => path);
  assert.deepEqual(writable.sort(), ["/dev/kvm", "/run/control", "/run/err", "/run/out", "/run/result"]);
  for (const node of valuesOf(argv, "-blockdev")) {
    assert.equal(/read-only=off/.test(node), /node-name=result/.test(node), node);
    const [, set] = /fdset\/(\d+)/.exec(node) ?? [];
    assert.ok(valuesOf(argv, "-add-fd").includes(`fd=${set},set=${set}`));
  }
});

test("the kernel is told of its layers and of the processor's clock", () => {
  const [line = ""] = valuesOf(qemuCommand(OPTIONS).argv, "-append");
  assert.match(line, /berth\.layers=2/);
  assert.match(line, /tsc_early_khz=2596104 lpj=10377248/);
  const [unknown = ""] = valuesOf(qemuCommand({ ...OPTIONS, clock: undefined }).argv, "-append");
  assert.doesNotMatch(unknown, /tsc_early_khz|lpj/);
});

test("without KVM it is emulated, and KVM is not touched", () => {
  const { argv, opened } = qemuCommand({ ...OPTIONS, shape: { ...OPTIONS.shape, emulated: true } });
  assert.match(valuesOf(argv, "-accel").join(), /^tcg/);
  assert.ok(!opened.files.some(({ path }) => path === "/dev/kvm"));
});

test("without a network it has no card; with one, its own address", () => {
  const devices = (link: GuestOptions["link"]) => valuesOf(qemuCommand({ ...OPTIONS, link }).argv, "-device").join(" ");
  assert.match(devices(OPTIONS.link), /virtio-net-device,netdev=network,mac=02:be:0a:58:00:05/);
  assert.doesNotMatch(devices(undefined), /virtio-net/);
});

test("arm64 has a machine of its own", () => {
  const { argv } = qemuCommand({ ...OPTIONS, architecture: "arm64" });
  assert.equal(argv[0], "qemu-system-aarch64");
  assert.match(valuesOf(argv, "-M").join(), /^virt,/);
  assert.match(valuesOf(argv, "-append").join(), /ttyAMA0/);
});
