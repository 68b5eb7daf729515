import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { RotatedFile } from "./rotated-file.ts";

let root: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), "berth-rotated-"));
});
after(() => rmSync(root, { recursive: true }));

const files: RotatedFile[] = [];
afterEach(() => {
  for (const file of files.splice(0)) file.close();
});

function fileIn(name: string): RotatedFile {
  const file = new RotatedFile(join(root, name), { size: 10, files: 3 });
  files.push(file);
  return file;
}

const line = (text: string) => new TextEncoder().encode(`${text}\n`);
const there = (name: string) => readdirSync(root).includes(name);

test("what is left of a log that was put aside goes on there, over new files, and nothing is made in its old place", () => {
  const file = fileIn("web");
  file.append(line("before"));
  renameSync(join(root, "web"), join(root, "web-aside"));
  file.settle();
  for (const text of ["second", "third"]) file.append(line(text));
  assert.equal(there("web"), false);
  assert.equal(file.gone, true);
  assert.deepEqual(readdirSync(join(root, "web-aside")).sort(), ["1", "2", "current"]);
  assert.equal(readFileSync(join(root, "web-aside", "current"), "utf8"), "third\n");
});

test("so does the first line of one that had written none", () => {
  const file = fileIn("late");
  file.make();
  renameSync(join(root, "late"), join(root, "late-aside"));
  file.settle();
  file.append(line("last"));
  assert.equal(there("late"), false);
  assert.equal(readFileSync(join(root, "late-aside", "current"), "utf8"), "last\n");
});

test("what is left of a log that was deleted is let go; one that is still written to is made anew", () => {
  const file = fileIn("gone");
  file.append(line("before"));
  rmSync(join(root, "gone"), { recursive: true });
  file.settle();
  assert.throws(() => {
    for (const text of ["second", "third"]) file.append(line(text));
  });
  assert.equal(there("gone"), false);
  file.bound({ size: 10, files: 3 });
  file.append(line("anew"));
  assert.equal(readFileSync(join(root, "gone", "current"), "utf8"), "anew\n");
});
