import assert from "node:assert/strict";
import { mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hostsFile, rewriteInPlace } from "./hosts-file.ts";

const gateway = { v4: "10.88.0.1", v6: "fd00::a58:1" };
const web = { name: "web", addresses: { v4: "10.88.0.2", v6: "fd00::a58:2" } };
const db = { name: "db", addresses: { v4: "10.88.0.3", v6: "fd00::a58:3" } };

test("a workload finds every other, by its name alone and in the domain, in both families", () => {
  const lines = hostsFile({ own: web, gateway, workloads: [web, db] }).split("\n");
  assert.ok(lines.includes("10.88.0.3\tdb db.berth.internal"));
  assert.ok(lines.includes("fd00::a58:3\tdb db.berth.internal"));
  assert.equal(lines.filter((line) => /\bweb\b/.test(line)).length, 2);
});

test("what the manifest adds stands before all, and gateway is the device", () => {
  const extra = { "host.docker.internal": "gateway", db: "192.0.2.7" } as const;
  const text = hostsFile({ own: web, extra, gateway, workloads: [web, db] });
  assert.match(text, /^10\.88\.0\.1\thost\.docker\.internal\nfd00::a58:1\thost\.docker\.internal$/m);
  assert.match(text, /^192\.0\.2\.7\tdb$/m);
  assert.doesNotMatch(text, /10\.88\.0\.3/);
});

test("no workload becomes localhost", () => {
  const text = hostsFile({ gateway, workloads: [{ ...web, name: "localhost" }] });
  assert.doesNotMatch(text, /10\.88\.0\.2/);
});

test("who has the file open or mounted sees the new text", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-hosts-"));
  const path = join(folder, "hosts");
  try {
    await writeFile(path, "a long text of before\n", { mode: 0o600 });
    const file = await open(path, "r");
    rewriteInPlace(path, "short\n");
    assert.equal(await file.readFile("utf8"), "short\n");
    await file.close();
    rewriteInPlace(path, "a longer text than before, and made readable\n");
    assert.equal(await readFile(path, "utf8"), "a longer text than before, and made readable\n");
    assert.equal((await stat(path)).mode & 0o777, 0o644);
    rewriteInPlace(join(folder, "gone", "hosts"), "of a workload that was removed\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});
