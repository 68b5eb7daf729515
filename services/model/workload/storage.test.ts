import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../parse.ts";
import type { Reason } from "../reason.ts";
import { Workload } from "../workload.ts";
import { contentOf } from "./storage.ts";

function refusal(more: object): Reason {
  const parsed = parse(Workload, { name: "web", image: "nginx", ...more });
  assert(!parsed.ok, "it was taken");
  return parsed.reason;
}

test("places of the device are shown read-only, and files belong to root, unless a manifest says otherwise", () => {
  const manifest = Workload.parse({
    name: "web",
    image: "nginx",
    mounts: [{ source: "/data/shared", path: "/srv" }],
    files: [{ path: "/etc/app.conf", content: "a" }],
  });
  assert.equal(manifest.mounts[0]?.readOnly, true);
  assert.deepEqual(manifest.files[0], { path: "/etc/app.conf", content: "a", mode: "0444", owner: "0:0" });
});

test("a file has exactly one content", () => {
  for (const file of [{}, { content: "a", contentBase64: "YQ==" }]) {
    const reason = refusal({ files: [{ path: "/a", ...file }] });
    assert.equal(reason.field, "files[0]");
    assert.match(reason.message, /exactly one of content and contentBase64/);
  }
});

test("a content that is refused is shown in no reason", () => {
  const secret = "hunter2!";
  const long = secret.repeat(40_000);
  const cases: [object, string][] = [
    [{ content: long }, "files[0]"],
    [{ contentBase64: secret }, "files[0].contentBase64"],
    [{ content: 12_345_678 }, "files[0].content"],
    [{ content: [secret] }, "files[0].content"],
  ];
  for (const [file, field] of cases) {
    const reason = refusal({ files: [{ path: "/a", ...file }] });
    assert.equal(reason.field, field);
    assert.doesNotMatch(JSON.stringify(reason), /hunter2|12345678/);
    assert.notEqual(reason.allowed, undefined);
  }
});

test("all files together are bounded", () => {
  const files = ["/a", "/b", "/c"].map((path) => ({ path, content: "x".repeat(200_000) }));
  assert.match(refusal({ files }).message, /more than 524288 bytes together/);
});

test("text and base64 give the same bytes", () => {
  assert.deepEqual(contentOf({ content: "zażółć\n" }), contentOf({ contentBase64: "emHFvMOzxYLEhwo=" }));
});
