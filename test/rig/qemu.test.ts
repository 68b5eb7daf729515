import assert from "node:assert/strict";
import { test } from "node:test";
import { qemuArgv } from "./qemu.ts";

const options = {
  arch: "x86_64",
  acceleration: { kind: "tcg", argv: ["-accel", "tcg"], kernelArguments: "mitigations=off", why: "" },
  cpus: 2,
  memory: 1024,
  firmware: "/code.fd",
  variables: "/vars.fd",
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

test("the machine starts its disk by firmware, with variables of its own", () => {
  const argv = qemuArgv(options);
  assert.ok(argv.includes("file=/code.fd,format=raw,if=pflash,unit=0,readonly=on"));
  assert.ok(argv.includes("file=/vars.fd,format=raw,if=pflash,unit=1"));
  assert.ok(!argv.includes("-kernel"));
});

test("each architecture has its own emulator and machine", () => {
  assert.equal(qemuArgv(options)[0], "qemu-system-x86_64");
  const argv = qemuArgv({ ...options, arch: "aarch64" });
  assert.equal(argv[0], "qemu-system-aarch64");
  assert.match(argv[argv.indexOf("-M") + 1] ?? "", /^virt,/u);
});

test("a configuration drive is attached only when there is one, and read-only", () => {
  assert.ok(!qemuArgv(options).some((argument) => argument.includes("id=config")));
  const argv = qemuArgv({ ...options, configDrive: "/c.img" });
  assert.ok(argv.includes("file=/c.img,format=raw,if=none,id=config,readonly=on"));
});
