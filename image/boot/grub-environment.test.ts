import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FIRST_ENVIRONMENT, grubEnvironment } from "./grub-environment.ts";

test("GRUB's own tool reads what was written, and has room to change it in place", () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-grubenv-"));
  try {
    const path = join(folder, "grubenv");
    writeFileSync(path, grubEnvironment(FIRST_ENVIRONMENT));
    const editenv = (...argv: string[]) => spawnSync("grub-editenv", [path, ...argv], { encoding: "utf8" });
    assert.equal(editenv("list").stdout, "ORDER=A B\nA_OK=1\nA_TRY=0\nB_OK=0\nB_TRY=0\n");
    assert.equal(editenv("set", "A_TRY=1").status, 0);
    assert.match(editenv("list").stdout, /^A_TRY=1$/mu);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the block is 1024 bytes", () => {
  assert.equal(grubEnvironment({}).length, 1024);
  assert.equal(grubEnvironment(FIRST_ENVIRONMENT).length, 1024);
});

test("what does not fit, or would break a line, is refused by name", () => {
  assert.throws(() => grubEnvironment({ LONG: "x".repeat(1024) }), /exceed the environment block's 1024/u);
  assert.throws(() => grubEnvironment({ ORDER: "A\nB" }), /ORDER: its value/u);
  assert.throws(() => grubEnvironment({ "A B": "1" }), /A B: a variable's name/u);
});
