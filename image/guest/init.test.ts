import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { frameBytes } from "../../test/rig/guest-link.ts";
import { INIT_SOURCES } from "./compile.ts";

const folder = mkdtempSync(join(tmpdir(), "berth-guest-init-"));
const program = join(folder, "harness");

before(() => {
  const sources = readdirSync(INIT_SOURCES).filter((name) => name.endsWith(".c") && name !== "main.c");
  const harness = join(import.meta.dirname, "harness/harness.c");
  const flags = ["-std=gnu11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-static"];
  const { status, stderr } = spawnSync("musl-gcc", [...flags, "-o", program, harness, ...sources], {
    cwd: INIT_SOURCES,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
});
after(() => rmSync(folder, { recursive: true }));

function harness(words: readonly string[], input: string | Uint8Array = ""): Buffer {
  const { status, stdout } = spawnSync(program, words, { input });
  assert.equal(status, 0);
  return stdout;
}

describe("the network that the host gives", () => {
  const read = (text: string) => harness(["network"], text).toString();

  test("is read line by line", () => {
    const text = [
      "mac 02:42:0a:58:00:05",
      "address4 10.88.0.5/16",
      "gateway4 10.88.0.1",
      "address6 fd00:1::5/64",
      "gateway6 fe80::1",
      "mtu 1500",
      "hostname web",
      "",
    ].join("\n");
    const shown = "10.88.0.5/16\nby 10.88.0.1\nfd00:1::5/64\nby fe80::1\nmac 02…05\nmtu 1500\nname web\n";
    assert.equal(read(text), shown);
    assert.equal(read("hostname alone\n"), "name alone\n");
    assert.equal(read(""), "");
  });

  for (const line of [
    "address4 10.88.0.5",
    "address4 10.88.0.5/33",
    "address4 10.88.0/16",
    "address6 10.88.0.5/16",
    "gateway4 fe80::1",
    "gateway6 ::1/64",
    "mac 02:42:0a:58:00",
    "mtu 0",
    "mtu 15oo",
    `hostname ${"x".repeat(65)}`,
    "nameserver 10.88.0.1",
  ]) {
    test(`is refused when a line is wrong: ${line.slice(0, 40)}`, () => {
      assert.equal(read(`mtu 1500\n${line}\n`), `wrong: ${line.split(" ")[0]}\n`);
    });
  }
});

describe("frames", () => {
  const read = (...parts: readonly Uint8Array[]) => harness(["frames"], Buffer.concat(parts)).toString();

  test("are read one after the other, with any payload they may have", () => {
    const shown = read(frameBytes(1, 7, "{}"), frameBytes(3, 65535), frameBytes(2, 7, "x".repeat(65536)));
    assert.equal(shown, "1 on 7: 2 bytes, {\n3 on 65535: 0 bytes, -\n2 on 7: 65536 bytes, x\npartial, 0 held\n");
  });

  test("are waited for until they are whole", () => {
    assert.equal(
      read(frameBytes(6, 0, "ping"), frameBytes(6, 0, "ping").subarray(0, 5)),
      "6 on 0: 4 bytes, p\npartial, 5 held\n",
    );
    assert.equal(read(frameBytes(6, 0, "ping").subarray(0, 11)), "partial, 11 held\n");
  });

  test("that no host sends break the connection", () => {
    const broken = (...header: readonly number[]) => read(Uint8Array.from(header));
    assert.equal(broken(1, 0, 1, 0, 2, 0, 0, 0), "broken\n", "too long");
    assert.equal(broken(255, 255, 255, 255, 2, 0, 0, 0), "broken\n", "far too long");
    assert.equal(broken(0, 0, 0, 0, 0, 0, 0, 0), "broken\n", "no type");
    assert.equal(broken(0, 0, 0, 0, 66, 0, 0, 0), "broken\n", "the guest's own type");
    assert.equal(broken(0, 0, 0, 0, 6, 1, 0, 0), "broken\n", "what is reserved is set");
  });

  test("are written with their length, type and channel", () => {
    assert.deepEqual(harness(["frame"], "hello"), frameBytes(66, 0x1234, "hello"));
    assert.deepEqual(harness(["frame"], "y".repeat(65536)), frameBytes(66, 0x1234, "y".repeat(65536)));
  });
});

describe("crun's error", () => {
  const error = (text: string) => {
    const log = join(folder, "log");
    writeFileSync(log, text);
    return harness(["error", log]).toString();
  };

  test("is its last one, as one line of plain text", () => {
    const first = '{"msg": "first", "level": "error", "time": "x"}\n';
    assert.equal(error(first), "first\n");
    assert.equal(error(`${first}{"msg": "say \\"no\\"\\nü", "level": "error", "time": "x"}\n`), 'say "no" ??\n');
    assert.equal(error(`${first}{"msg":"long ${"x".repeat(100)}","level":"error"}\n`), `long ${"x".repeat(58)}\n`);
  });

  test("is none where it only warned or wrote nonsense", () => {
    assert.equal(error('{"msg": "careful", "level": "warning"}\n'), "none\n");
    assert.equal(error('{"msg": 5, "level": "error"}\n'), "none\n");
    assert.equal(error(""), "none\n");
    assert.equal(harness(["error", join(folder, "not there")]).toString(), "none\n");
  });
});

describe("an end is told", () => {
  const end = (status: number, oom: boolean, stopped: number, message: string) =>
    harness(["end", `${status}`, oom ? "y" : "n", `${stopped}`, message]).toString();

  test("by exit code or signal", () => {
    assert.equal(end(7 << 8, false, 0, ""), "exit 7\n");
    assert.equal(end(15, false, 0, ""), "signal 15\n");
  });

  test("as want of memory only where that was what killed it", () => {
    assert.equal(end(9, true, 0, ""), "signal 9\noom\n");
    assert.equal(end(137 << 8, true, 0, ""), "exit 137\noom\n");
    assert.equal(end(1 << 8, true, 0, ""), "exit 1\n");
    assert.equal(end(15, true, 0, ""), "signal 15\n");
  });

  test("as the reason it never ran", () => {
    assert.equal(end(0, false, 0, "no such program"), "failed no such program\n");
    assert.equal(end(0, false, 15, ""), "signal 15\n");
  });
});
