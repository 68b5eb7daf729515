import assert from "node:assert/strict";
import { test } from "node:test";
import { byteWayOf } from "./byte-operations.ts";

test("archives go in, a volume's content goes out, and all else is JSON", () => {
  assert.equal(byteWayOf("POST", "/v1/images/import"), "in");
  assert.equal(byteWayOf("PUT", "/v1/volumes/web.cache/content"), "in");
  assert.equal(byteWayOf("GET", "/v1/volumes/db/content"), "out");
  for (const [method, path] of [
    ["GET", "/v1/images/import"],
    ["DELETE", "/v1/volumes/db"],
    ["PUT", "/v1/volumes/a/b/content"],
    ["POST", "/v1/orders"],
  ] as const) {
    assert.equal(byteWayOf(method, path), undefined, `${method} ${path}`);
  }
});
