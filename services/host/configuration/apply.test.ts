import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { z } from "zod";
import { AdminConfiguration, AgentConfiguration, SupervisorConfiguration } from "../../model/service-configuration.ts";
import { createLog } from "../log.ts";
import { applyConfiguration } from "./apply.ts";
import type { Drives } from "./read.ts";

const DRIVE = "/dev/disk/by-label/BERTHCONFIG";
const PARTITION = "/dev/disk/by-partlabel/CONFIG";
const PUBLIC_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const FULL = `
device: shop-7
hostname: window
admin:
  token: chosen-by-a-person
network:
  - { match: eth0, address: 10.0.0.5/8, gateway: 10.0.0.1 }
fleet:
  broker: mqtt://10.0.0.1:1883
  signingKeys:
    - { id: fleet, publicKey: ${PUBLIC_KEY} }
registries:
  10.0.0.1:5000: { endpoint: "http://10.0.0.1:5000" }
`;

/** In place of file systems, folders; in place of mounting one, copying it. */
const drives: Drives = {
  mount: async (device, directory) => cpSync(device, directory, { recursive: true, verbatimSymlinks: true }),
  unmount: async (directory) => {
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
  },
};

let root: string;
let logged: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "berth-config-"));
  logged = [];
  // Root may give files away; anybody else plays all the users.
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()];
  const ids = uid === 0 ? ["0:0", "901:801", "902:802"] : Array.from({ length: 3 }, () => `${uid}:${gid}`);
  put("/etc/passwd", `root:x:${ids[0]}::/:\nberth-admin:x:${ids[1]}::/:\nberth-agent:x:${ids[2]}::/:\n`);
  put("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  put("/dev/console", "");
  put("/proc/sys/kernel/hostname", "localhost\n");
  put(
    "/usr/lib/berth/release.json",
    JSON.stringify({ version: "1.2.3", board: "qemu", base: "debian", architecture: "amd64" }),
  );
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const read = (path: string) => readFileSync(join(root, path), "utf8");
const access = (path: string) => {
  const { mode, uid, gid } = statSync(join(root, path));
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
};

function service<S extends z.ZodType>(name: string, schema: S): z.output<S> {
  return schema.parse(JSON.parse(read(`/run/berth/${name}/config.json`)));
}

function apply(options: { drives?: Drives } = {}) {
  return applyConfiguration({
    root,
    drives,
    log: createLog("config", { write: (line) => logged.push(line), debug: true }),
    ...options,
  });
}

describe("applyConfiguration", () => {
  test("gives each service what it needs and nothing else", async () => {
    put(`${PARTITION}/berth.yaml`, FULL);
    assert.deepEqual(await apply(), { device: "shop-7", source: "partition", problems: [] });
    assert.deepEqual(service("supervisor", SupervisorConfiguration), {
      device: "shop-7",
      source: "partition",
      problems: [],
      registries: { "10.0.0.1:5000": { endpoint: "http://10.0.0.1:5000" } },
      policy: { privileged: false, unconfined: false, hostNetwork: false, hostPaths: [] },
      signingKeys: [{ id: "fleet", publicKey: PUBLIC_KEY }],
    });
    assert.deepEqual(service("admin", AdminConfiguration), {
      device: "shop-7",
      hostname: "window",
      token: "chosen-by-a-person",
    });
    assert.deepEqual(service("agent", AgentConfiguration), {
      device: "shop-7",
      fleet: { broker: "mqtt://10.0.0.1:1883" },
    });
    assert.equal(read("/proc/sys/kernel/hostname"), "window\n");
    assert.match(read("/run/systemd/network/10-berth-0.network"), /^Address=10\.0\.0\.5\/8$/m);
    assert.equal(existsSync(join(root, "/data/berth/admin-token")), false);
  });

  test("what is secret can be read by its user alone, and no service can replace the supervisor's socket", async () => {
    put(`${PARTITION}/berth.yaml`, FULL);
    await apply();
    if (process.getuid?.() !== 0) return;
    const found = Object.fromEntries(
      [
        "/run/berth",
        "/run/berth/supervisor",
        "/run/berth/supervisor/config.json",
        "/run/berth/admin",
        "/run/berth/admin/config.json",
        "/run/berth/agent",
        "/run/berth/agent/config.json",
        "/run/systemd/network/10-berth-0.network",
        "/data/berth",
        "/data/berth/configuration.json",
        "/data/berth/images",
        "/data/berth/volumes",
        "/data/berth/workloads",
        "/data/berth-admin",
        "/data/berth-agent",
      ].map((path) => [path, access(path)]),
    );
    assert.deepEqual(found, {
      "/run/berth": "755 0:0",
      "/run/berth/supervisor": "700 0:0",
      "/run/berth/supervisor/config.json": "600 0:0",
      "/run/berth/admin": "750 0:801",
      "/run/berth/admin/config.json": "600 901:801",
      "/run/berth/agent": "750 0:802",
      "/run/berth/agent/config.json": "600 902:802",
      "/run/systemd/network/10-berth-0.network": "644 0:0",
      "/data/berth": "700 0:0",
      "/data/berth/configuration.json": "600 0:0",
      "/data/berth/images": "700 0:0",
      "/data/berth/volumes": "700 0:0",
      "/data/berth/workloads": "700 0:0",
      "/data/berth-admin": "700 901:801",
      "/data/berth-agent": "700 902:802",
    });
  });

  test("the drive wins, and goes on to hold when it is taken out", async () => {
    put(`${PARTITION}/other-file`, "");
    put(`${DRIVE}/berth.yaml`, FULL);
    assert.equal((await apply()).source, "drive");
    rmSync(join(root, DRIVE), { recursive: true });
    assert.deepEqual(await apply(), { device: "shop-7", source: "kept", problems: [] });
    assert.equal(service("admin", AdminConfiguration).token, "chosen-by-a-person");
  });

  const torn: Record<string, [content: string | Uint8Array, code: string]> = {
    "cut in the middle": [FULL.slice(0, FULL.indexOf("publicKey:") + 12), "invalid-yaml"],
    "full of zeros": [new Uint8Array(FULL.length), "configuration-torn"],
    "ending in zeros": [`${FULL.slice(0, 100)}\0\0\0`, "configuration-torn"],
    empty: ["", "configuration-torn"],
    "not text": [new Uint8Array([0x64, 0xff, 0xfe, 0x3a]), "configuration-torn"],
    "too large": [`${FULL}#${"x".repeat(1024 * 1024)}`, "configuration-too-large"],
    "nested without end": ["[".repeat(100_000), "invalid-yaml"],
    wrong: ["device: Not A Name\n", "invalid-value"],
  };
  for (const [name, [content, code]] of Object.entries(torn)) {
    test(`a file that is ${name} changes nothing and is a problem everywhere it can be seen`, async () => {
      put(`${PARTITION}/berth.yaml`, FULL);
      await apply();
      const before = read("/data/berth/configuration.json");
      put("/dev/console", "");
      put(`${PARTITION}/berth.yaml`, content);
      const { source, device, problems } = await apply();
      assert.deepEqual([source, device, problems[0]?.code], ["kept", "shop-7", code]);
      assert.match(problems[0]?.message ?? "", /^berth\.yaml on the partition CONFIG: |^berth\.yaml has /);
      assert.equal(read("/data/berth/configuration.json"), before);
      assert.deepEqual(service("supervisor", SupervisorConfiguration).problems, problems);
      assert.equal(service("agent", AgentConfiguration).fleet?.broker, "mqtt://10.0.0.1:1883");
      assert.ok(read("/dev/console").includes(`! ${problems[0]?.message}`));
      assert.ok(logged.some((line) => line.startsWith("<4>") && line.includes(code)));
    });
  }

  test("a device nobody configured names itself, makes a token, and shows it on its console only", async () => {
    const first = await apply();
    assert.deepEqual([first.source, first.problems.map(({ code }) => code)], ["none", ["configuration-missing"]]);
    assert.match(first.device, /^berth-[0-9a-f]{6}$/);
    const { token, hostname } = service("admin", AdminConfiguration);
    assert.match(token, /^[A-Za-z0-9_-]{43}$/);
    assert.equal(hostname, first.device);
    assert.equal(access("/data/berth/admin-token").split(" ")[0], "600");
    assert.ok(read("/dev/console").includes(token));
    assert.ok(!logged.join("").includes(token));
    assert.equal(service("agent", AgentConfiguration).fleet, undefined);
    assert.deepEqual(service("supervisor", SupervisorConfiguration).signingKeys, []);
    put("/etc/machine-id", "ffffffffffffffffffffffffffffffff\n");
    assert.equal((await apply()).device, first.device);
    assert.equal(service("admin", AdminConfiguration).token, token);
  });

  test("a token a person chose is shown nowhere", async () => {
    put(`${PARTITION}/berth.yaml`, FULL);
    await apply();
    const shown = read("/dev/console");
    assert.ok(!shown.includes("chosen-by-a-person") && !logged.join("").includes("chosen-by-a-person"));
    assert.match(shown, /Berth 1\.2\.3, device shop-7\nConfiguration: from the partition CONFIG\n/);
  });

  test("two devices nobody configured have different names and tokens", async () => {
    const first = { ...(await apply()), ...service("admin", AdminConfiguration) };
    rmSync(join(root, "data"), { recursive: true });
    put("/etc/machine-id", "fedcba9876543210fedcba9876543210\n");
    const second = { ...(await apply()), ...service("admin", AdminConfiguration) };
    assert.notEqual(first.device, second.device);
    assert.notEqual(first.token, second.token);
  });

  test("an interface taken out of the configuration loses its file", async () => {
    put(`${PARTITION}/berth.yaml`, "device: a\nnetwork: [{ match: eth0 }, { match: eth1 }]\n");
    await apply();
    put("/run/systemd/network/50-other.network", "");
    put(`${PARTITION}/berth.yaml`, "device: a\nnetwork: [{ match: eth1 }]\n");
    await apply();
    const names = readdirSync(join(root, "/run/systemd/network")).sort();
    assert.deepEqual(names, ["10-berth-0.network", "50-other.network"]);
    assert.match(read("/run/systemd/network/10-berth-0.network"), /Name=eth1/);
  });

  test("a link on the drive is not followed", async () => {
    put("/etc/shadow", "device: stolen\n");
    mkdirSync(join(root, DRIVE), { recursive: true });
    symlinkSync(join(root, "/etc/shadow"), join(root, DRIVE, "berth.yaml"));
    const { source, problems } = await apply();
    assert.deepEqual([source, problems[0]?.code], ["none", "configuration-unreadable"]);
  });

  test("a damaged last good configuration is reported and left for a person", async () => {
    put("/data/berth/configuration.json", '{"from":"dri');
    const { source, problems } = await apply();
    assert.equal(source, "none");
    assert.ok(problems.some(({ code }) => code === "configuration-kept-invalid"));
    assert.equal(read("/data/berth/configuration.json"), '{"from":"dri');
  });

  test("a drive that cannot be mounted does not keep the device from starting", async () => {
    put(`${PARTITION}/berth.yaml`, FULL);
    put(`${DRIVE}/berth.yaml`, FULL);
    const mount: Drives["mount"] = async (device, directory) => {
      if (device.endsWith("BERTHCONFIG")) throw new Error("mount failed with 32: can't read superblock");
      return drives.mount(device, directory);
    };
    const { source, problems } = await apply({ drives: { ...drives, mount } });
    assert.deepEqual([source, problems.map(({ code }) => code)], ["partition", ["configuration-unreadable"]]);
    assert.match(problems[0]?.message ?? "", /the drive BERTHCONFIG cannot be read: .*superblock/);
  });

  test("an image without the users, a console, a data partition or a /run still says what is wrong", async () => {
    put(`${PARTITION}/berth.yaml`, FULL);
    put("/etc/passwd", "");
    rmSync(join(root, "/dev/console"));
    put("/data", "not a directory");
    const first = await apply();
    assert.deepEqual([first.source, first.device], ["partition", "shop-7"]);
    const codes = new Set(first.problems.map(({ code }) => code));
    assert.deepEqual(codes, new Set(["configuration-write-failed", "user-missing"]));
    assert.deepEqual(service("supervisor", SupervisorConfiguration).problems, first.problems);
    rmSync(join(root, "run"), { recursive: true });
    put("/run", "not a directory");
    const second = await apply();
    assert.ok(second.problems.some(({ field }) => field === "/run/berth/supervisor/config.json"));
  });
});

test("the console is shown no control characters", async () => {
  put(`${PARTITION}/berth.yaml`, 'device: "\\e[2Jfake"\n');
  chmodSync(join(root, "/dev/console"), 0o600);
  await apply();
  assert.ok(!read("/dev/console").includes("\u001b"));
  assert.match(read("/dev/console"), /not ".{0,10}\[2Jfake"/);
});
