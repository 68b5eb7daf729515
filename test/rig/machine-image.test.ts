import assert from "node:assert/strict";
import { test } from "node:test";
import { givenImage } from "./machine-image.ts";

test("an image made elsewhere is named by the environment, with its architecture", () => {
  assert.deepEqual(givenImage({ BERTH_TEST_IMAGE: "/a.img", BERTH_TEST_ARCH: "aarch64" }), {
    arch: "aarch64",
    disk: "/a.img",
  });
  assert.equal(givenImage({ BERTH_TEST_IMAGE: "/a.img" })?.arch, "x86_64");
  assert.equal(givenImage({ BERTH_TEST_ARCH: "aarch64" }), undefined);
});

test("an architecture that is none of ours is refused", () => {
  assert.throws(() => givenImage({ BERTH_TEST_IMAGE: "/a.img", BERTH_TEST_ARCH: "arm64" }), /--arch arm64: x86_64 or/u);
});
