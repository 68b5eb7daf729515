import assert from "node:assert/strict";
import { test } from "node:test";
import { failures, packageStep } from "./make-output.ts";

test("a step is read, in bold or not", () => {
  const expected = { name: "systemd", version: "256.17", step: "Building" };
  assert.deepEqual(packageStep("\u001b[7m>>> systemd 256.17 Building\u001b[27m"), expected);
  assert.deepEqual(packageStep(">>> systemd 256.17 Building"), expected);
});

test("a package without a version, and one behind another's half line", () => {
  assert.deepEqual(packageStep(">>> host-skeleton  Extracting"), {
    name: "host-skeleton",
    version: "",
    step: "Extracting",
  });
  assert.equal(packageStep("checking for cc... >>> crun 1.18.2 Installing to target")?.step, "Installing to target");
});

test("other lines are none", () => {
  assert.equal(packageStep("make[1]: Entering directory"), undefined);
  assert.equal(packageStep(">>> "), undefined);
});

test("what went wrong is picked out of the output", () => {
  const output = [
    "linux.fragment:7: CONFIG_NO_SUCH is off or unknown, not y",
    "make[1]: *** [package/pkg-generic.mk:263: .stamp_configured] Error 1",
    "make[1]: *** Waiting for unfinished jobs....",
    "checking for error.h... yes",
  ];
  assert.deepEqual(failures(output.join("\n")), output.slice(0, 2));
});
