import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfiguration, unfulfilled, wishes } from "./kconfig.ts";

const CONFIG = parseConfiguration('#\n# Linux\n#\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C="x y"\nCONFIG_D=m\n');

test("a fragment that was taken over is fulfilled", () => {
  const asked = wishes("board", '# why\nCONFIG_A=y\nCONFIG_B=n\n# CONFIG_E is not set\nCONFIG_C="x y"\n');
  assert.deepEqual(unfulfilled(CONFIG, asked), []);
});

test("each symbol that was dropped or changed is told with its place", () => {
  const asked = wishes("board", "CONFIG_NO_SUCH=y\n# CONFIG_A is not set\nCONFIG_D=y\nCONFIG_B=y\n");
  assert.deepEqual(unfulfilled(CONFIG, asked), [
    "board:1: CONFIG_NO_SUCH is off or unknown, not y",
    "board:2: CONFIG_A is y, not off",
    "board:3: CONFIG_D is m, not y",
    "board:4: CONFIG_B is off or unknown, not y",
  ]);
});

test("a later fragment has the last word", () => {
  const asked = [...wishes("common", "# CONFIG_A is not set\n"), ...wishes("board", "CONFIG_A=y\n")];
  assert.deepEqual(unfulfilled(CONFIG, asked), []);
});

test("a line that sets nothing is refused", () => {
  assert.throws(() => wishes("board", "CONFIG_A\n"), /board:1: "CONFIG_A" sets nothing/u);
});
