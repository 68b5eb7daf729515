import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { buildrootComponents } from "./buildroot.ts";

let tree: string;
before(() => {
  tree = mkdtempSync(join(tmpdir(), "berth-buildroot-"));
  mkdirSync(join(tree, "package/crun"), { recursive: true });
  const lines = [
    "# Locally computed",
    "sha256  90b6  crun-1.24.tar.gz",
    "sha256  8177  COPYING",
    "md5  00  crun-1.24.tar.gz",
  ];
  writeFileSync(join(tree, "package/crun/crun.hash"), `${lines.join("\n")}\n`);
});
after(() => rmSync(tree, { recursive: true }));

/** Entries as `make show-info` prints them, most fields left out. */
const SHOW_INFO = {
  crun: {
    type: "target",
    name: "crun",
    virtual: false,
    version: "1.24",
    licenses: "GPL-2.0+ (crun binary), LGPL-2.1+ (libcrun)",
    downloads: [
      {
        source: "crun-1.24.tar.gz",
        uris: ["https+https://example.org/crun/1.24", "https|urlencode+https://mirror.example/crun"],
      },
    ],
    hashes: ["package/crun/crun.hash", "package/crun/not-there.hash"],
    "cpe-id": "cpe:2.3:a:crun_project:crun:1.24:*:*:*:*:*:*:*",
  },
  "host-crun": { type: "host", name: "crun", virtual: false, version: "1.24", licenses: "GPL-2.0+" },
  udev: { type: "target", name: "udev", virtual: true },
  skeleton: { type: "target", name: "skeleton", virtual: false, version: "", licenses: "unknown" },
  tool: { type: "target", name: "tool", virtual: false, version: "1", licenses: "unknown" },
  berth: { type: "target", name: "berth", virtual: false, version: "0.1.0", licenses: "Apache-2.0" },
  "rootfs-tar": { type: "rootfs", image_name: "rootfs.tar", dependencies: [] },
};

test("what is on the target is listed with its source and the source's hash; tools of the host are not", () => {
  assert.deepEqual(buildrootComponents(JSON.stringify(SHOW_INFO), tree), [
    {
      name: "crun",
      version: "1.24",
      purl: "pkg:generic/crun@1.24?download_url=https:%2F%2Fexample.org%2Fcrun%2F1.24%2Fcrun-1.24.tar.gz",
      licence: "GPL-2.0+ (crun binary), LGPL-2.1+ (libcrun)",
      hashes: [{ alg: "SHA-256", content: "90b6" }],
      cpe: "cpe:2.3:a:crun_project:crun:1.24:*:*:*:*:*:*:*",
    },
    { name: "tool", version: "1", purl: "pkg:generic/tool@1", licence: undefined, hashes: [] },
  ]);
});

test("what is not the output of show-info is refused", () => {
  assert.throws(() => buildrootComponents('{"crun": {"type": "target"}}', tree));
});
