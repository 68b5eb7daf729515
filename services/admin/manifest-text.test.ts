import assert from "node:assert/strict";
import { test } from "node:test";
import { ReasonError } from "../model/reason.ts";
import { parseManifestText } from "./manifest-text.ts";

function reason(text: string) {
  try {
    parseManifestText(text);
  } catch (error) {
    assert(error instanceof ReasonError);
    return error.reason;
  }
  return assert.fail("it should be refused");
}

test("YAML, JSON and several documents are read", () => {
  assert.equal(parseManifestText("name: web\nimage: nginx\n")[0]?.limits.cpus, undefined);
  assert.equal(parseManifestText('{"name":"web","image":"nginx"}')[0]?.name, "web");
  assert.equal(parseManifestText("name: a\nimage: x\n---\nname: b\nimage: y\n").length, 2);
});

test("the mistake that is told is the misspelt field, not the one missing for it", () => {
  const { code, field } = reason("name: web\nimage: nginx\nports:\n  - hosst: 1\n    container: 2\n");
  assert.deepEqual([code, field], ["unknown-field", "ports[0].hosst"]);
});

test("what is no YAML, empty, or names one workload twice is refused", () => {
  assert.equal(reason("a: [").code, "invalid-yaml");
  assert.equal(reason("").code, "empty-manifest");
  assert.equal(reason("name: a\nimage: x\n---\nname: a\nimage: y\n").code, "repeated-name");
});
