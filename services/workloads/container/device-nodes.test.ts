import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceNodes, numbersOf } from "./device-nodes.ts";

test("a device's numbers are read as the kernel writes them", () => {
  assert.deepEqual(numbersOf(0x0103), { major: 1, minor: 3 });
  assert.deepEqual(numbersOf(0x12345_678 >>> 0), { major: 0x456, minor: 0x12378 });
});

test("the device's own nodes are found, but for those every container has", async () => {
  const paths = (await deviceNodes()).map(({ path }) => path);
  for (const own of ["/dev/null", "/dev/zero", "/dev/ptmx"]) assert.ok(!paths.includes(own), own);
  assert.ok(paths.every((path) => !path.startsWith("/dev/pts/") && !path.startsWith("/dev/shm/")));
});
