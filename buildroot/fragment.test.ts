import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeFragments, symbolOf } from "./fragment.ts";

test("settings are told from comments", () => {
  assert.equal(symbolOf('BR2_A="b c"'), "BR2_A");
  assert.equal(symbolOf("# BR2_A is not set"), "BR2_A");
  assert.equal(symbolOf("# BR2_A=y would be wrong here"), undefined);
  assert.equal(symbolOf(""), undefined);
});

test("the last fragment that sets a symbol counts, and each symbol is there once", () => {
  const merged = mergeFragments(
    [
      { name: "common", text: "# why\nBR2_A=y\nBR2_B=y\n" },
      { name: "board", text: "# BR2_A is not set\nBR2_C=3\n" },
    ],
    {},
  );
  assert.equal(merged, "# common\nBR2_B=y\n\n# board\n# BR2_A is not set\nBR2_C=3\n");
});

test("placeholders are filled in, and an unknown one is told with its place", () => {
  const fragment = { name: "common", text: 'BR2_PATH="board/@BOARD@"\n' };
  assert.match(mergeFragments([fragment], { BOARD: "box" }), /^BR2_PATH="board\/box"$/mu);
  assert.throws(() => mergeFragments([fragment], {}), /common:1: @BOARD@ stands for nothing/u);
});

test("a line that sets nothing is refused with its place", () => {
  assert.throws(() => mergeFragments([{ name: "common", text: "\nBR2_A\n" }], {}), /common:2: "BR2_A" sets nothing/u);
});
