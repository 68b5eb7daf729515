import assert from "node:assert/strict";
import { test } from "node:test";
import { packCpio } from "./cpio.ts";

test("headers and data are aligned to four bytes, and the archive ends with its trailer", () => {
  const archive = packCpio([
    { kind: "folder", path: "bin" },
    { kind: "file", path: "init", data: Buffer.from("hello"), mode: 0o755 },
    { kind: "link", path: "bin/sh", target: "busybox" },
    { kind: "device", path: "dev/console", major: 5, minor: 1 },
  ]);
  const text = Buffer.from(archive).toString("latin1");
  assert.equal(archive.length % 4, 0);
  const starts = [...text.matchAll(/070701/gu)].map((match) => match.index);
  assert.equal(starts.length, 5);
  assert.ok(starts.every((start) => start % 4 === 0));
  assert.ok(text.includes("TRAILER!!!"));
  assert.equal(text.slice(14, 22), "000041ed");
});
