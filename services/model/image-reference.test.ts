import assert from "node:assert/strict";
import { test } from "node:test";
import { formatImageReference, parseImageReference } from "./image-reference.ts";

const digest = `sha256:${"a".repeat(64)}`;

test("references are completed as Docker does", () => {
  const cases: [string, string][] = [
    ["nginx", "docker.io/library/nginx:latest"],
    ["nginx:1.28", "docker.io/library/nginx:1.28"],
    ["team/app", "docker.io/team/app:latest"],
    ["ghcr.io/team/app:v1", "ghcr.io/team/app:v1"],
    ["localhost/app", "localhost/app:latest"],
    ["registry:5000/app:v1", "registry:5000/app:v1"],
    [`nginx@${digest}`, `docker.io/library/nginx@${digest}`],
    [`nginx:1@${digest}`, `docker.io/library/nginx:1@${digest}`],
  ];
  for (const [text, canonical] of cases) {
    const parsed = parseImageReference(text);
    assert(parsed.ok, text);
    assert.equal(formatImageReference(parsed.value), canonical);
  }
});

test("what is no reference is refused with its value", () => {
  for (const text of ["", "Nginx", "nginx:", "nginx@sha256:12", "a//b", "-x/y", `nginx:${"t".repeat(129)}`, "a b"]) {
    const parsed = parseImageReference(text);
    assert(!parsed.ok, text);
    assert.equal(parsed.reason.value, text);
  }
});
