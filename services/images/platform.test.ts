import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "./manifest.ts";
import { chooseManifest } from "./platform.ts";

function entry(platform: string, digit: string): Descriptor {
  const [os = "", architecture = "", variant] = platform.split("/");
  return {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: `sha256:${digit.repeat(64)}`,
    size: 1,
    ...(platform === "" ? {} : { platform: { os, architecture, ...(variant === undefined ? {} : { variant }) } }),
  };
}

test("the plainest variant that runs everywhere is chosen", () => {
  const choose = (architecture: "amd64" | "arm64", platforms: readonly string[]) => {
    const entries = platforms.map((platform, position) => entry(platform, String(position)));
    return entries.indexOf(chooseManifest(entries, architecture, "the image"));
  };
  assert.equal(choose("amd64", ["linux/arm64", "windows/amd64", "linux/amd64/v3", "linux/amd64"]), 3);
  assert.equal(choose("amd64", ["linux/amd64/v3", "linux/amd64/v2"]), 1);
  assert.equal(choose("arm64", ["linux/arm/v7", "linux/arm64/v9", "linux/arm64/v8"]), 2);
  assert.equal(choose("arm64", [""]), 0);
});
