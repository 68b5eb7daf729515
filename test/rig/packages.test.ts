import assert from "node:assert/strict";
import { test } from "node:test";
import { missingFrom } from "./packages.ts";

test("removed, foreign and unknown packages are told apart", () => {
  const table = "curl installed\nlibc6:amd64 installed\nmtools config-files\n";
  assert.deepEqual(missingFrom(table, ["curl", "libc6", "mtools", "umoci"]), ["mtools", "umoci"]);
});
