import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openLeases } from "./leases.ts";
import { subnetOf } from "./subnet.ts";

const subnet = subnetOf("10.88.0.0/29");

async function inFolder(act: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "berth-leases-"));
  try {
    await act(join(folder, "network.json"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("a workload has its address and the device its prefix after a reboot, whoever was there before", () =>
  inFolder(async (path) => {
    const before = await openLeases(path, subnet);
    // All but one of the subnet's: most had to give way to another.
    const addresses = new Map<string, string>();
    for (const name of ["a", "b", "c", "d"]) addresses.set(name, await before.claim(name));
    assert.equal(new Set(addresses.values()).size, 4);
    const after = await openLeases(path, subnet);
    assert.equal(after.prefix, before.prefix);
    for (const name of ["d", "c", "b", "a"]) assert.equal(await after.claim(name), addresses.get(name));
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  }));

test("an address given back is another's to have", () =>
  inFolder(async (path) => {
    const leases = await openLeases(path, subnet);
    for (const name of ["a", "b", "c", "d", "e"]) await leases.claim(name);
    await assert.rejects(leases.claim("f"), /taken/);
    const free = await leases.claim("c");
    await leases.release("c");
    await leases.release("nobody");
    assert.equal(await (await openLeases(path, subnet)).claim("f"), free);
  }));

test("a torn book is begun anew", () =>
  inFolder(async (path) => {
    await writeFile(path, '{"prefix":"fd00:1:2","addr');
    const leases = await openLeases(path, subnet);
    const address = await leases.claim("a");
    assert.equal(await (await openLeases(path, subnet)).claim("a"), address);
  }));
