import assert from "node:assert/strict";
import { test } from "node:test";
import { requireHostTools } from "./host-tools.ts";

test("a host with everything is fine", () => {
  requireHostTools(() => true);
});

test("what is missing is told by the Debian packages that have it", () => {
  assert.throws(
    () => requireHostTools((program) => program !== "rsync" && program !== "cmp"),
    /^Error: Buildroot needs cmp, rsync of this host: apt-get install diffutils rsync$/u,
  );
});
