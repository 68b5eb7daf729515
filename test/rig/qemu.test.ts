import assert from "node:assert/strict";
import { test } from "node:test";
import { qemuArgv } from "./qemu.ts";

const options = {
  acceleration: { kind: "tcg", argv: ["-accel", "tcg"], cmdline: "mitigations=off", why: "" },
  cpus: 2,
  memory: 1024,
  kernel: "k",
  initrd: "i",
  cmdline: "ro",
  disk: "d",
  configDrive: undefined,
  forwards: [
    { host: 40001, guest: 443 },
    { host: 40002, guest: 8080 },
  ],
  consoleSocket: "c",
  consoleLog: "l",
  monitorSocket: "m",
  agentSocket: "a",
} as const;

test("ports are forwarded from loopback only", () => {
  const netdev = qemuArgv(options).find((argument) => argument.startsWith("user,"));
  assert.equal(netdev, "user,id=net0,hostfwd=tcp:127.0.0.1:40001-:443,hostfwd=tcp:127.0.0.1:40002-:8080");
});

test("the command line names the console and what the acceleration wants", () => {
  const argv = qemuArgv(options);
  assert.equal(argv[argv.indexOf("-append") + 1], "ro console=ttyS0 mitigations=off");
});

test("a configuration drive is attached only when there is one, and read-only", () => {
  assert.ok(!qemuArgv(options).some((argument) => argument.includes("id=config")));
  const argv = qemuArgv({ ...options, configDrive: "/c.img" });
  assert.ok(argv.includes("file=/c.img,format=raw,if=none,id=config,readonly=on"));
});
