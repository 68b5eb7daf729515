import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseList } from "../image/list-file.ts";
import { PROJECT } from "../image/paths.ts";

const lines = (path: string) => parseList(readFileSync(join(PROJECT, path), "utf8"));

test("Buildroot and systemd-sysusers give the services the same users, with the same fixed numbers", () => {
  // Buildroot's makeusers: name, number, group, its number, password, home, shell, groups, comment.
  const buildroot = lines("buildroot/users.txt").map((line) => {
    const [name, uid, group, gid, password] = line.split(/\s+/u);
    assert.equal(group, name);
    assert.equal(gid, uid);
    assert.equal(password, "*", `${name}: nobody logs in as a service`);
    return `${name} ${uid}`;
  });
  // sysusers.d(5): type, name, number, …
  const sysusers = lines("image/rootfs/usr/lib/sysusers.d/berth.conf").map((line) => {
    const [type, name, uid] = line.split(/\s+/u);
    assert.equal(type, "u");
    return `${name} ${uid}`;
  });
  assert.deepEqual(buildroot, sysusers);
  assert.deepEqual(buildroot, ["berth-agent 980", "berth-admin 981", "berth-collector 982"]);
});
