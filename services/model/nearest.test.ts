import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./nearest.ts";

const KNOWN = ["ports", "image", "health", "host"];

test("a slip of the finger finds the word that was meant", () => {
  for (const [typed, meant] of [
    ["prots", "ports"],
    ["hots", "host"],
    ["imagge", "image"],
    ["helth", "health"],
    ["Image", "image"],
    ["port", "ports"],
  ] as const) {
    assert.equal(nearest(typed, KNOWN), meant);
  }
});

test("a word that is like none of them gets no guess", () => {
  assert.equal(nearest("replicas", KNOWN), undefined);
  assert.equal(nearest("x", KNOWN), undefined);
  assert.equal(nearest("ports", []), undefined);
});
