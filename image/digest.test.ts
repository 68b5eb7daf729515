import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileDigest, textDigest, treeDigest } from "./digest.ts";

const folder = mkdtempSync(join(tmpdir(), "berth-digest-"));
after(() => rmSync(folder, { recursive: true }));

test("a file's digest is that of sha256sum", async () => {
  const path = join(folder, "abc");
  writeFileSync(path, "abc");
  const expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(await fileDigest(path), expected);
});

test("texts are not simply joined", () => {
  assert.notEqual(textDigest("ab", "c"), textDigest("a", "bc"));
});

test("a tree's digest follows content, name and the executable bit", () => {
  const tree = join(folder, "tree");
  mkdirSync(tree);
  writeFileSync(join(tree, "one"), "1");
  const first = treeDigest(tree);
  assert.equal(treeDigest(tree), first);
  chmodSync(join(tree, "one"), 0o755);
  const executable = treeDigest(tree);
  assert.notEqual(executable, first);
  renameSync(join(tree, "one"), join(tree, "two"));
  assert.notEqual(treeDigest(tree), executable);
});
