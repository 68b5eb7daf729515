import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf } from "./problem.ts";

test("a problem carries the reason, its code as type and title", () => {
  const reason = { code: "order-not-found", message: "there is no order x", field: "id", value: "x" };
  assert.deepEqual(problemOf(reason), {
    type: "urn:berth:problem:order-not-found",
    title: "order not found",
    status: 404,
    detail: "there is no order x",
    reason,
  });
});

test("what the caller did wrong is told from what the device cannot do", () => {
  const statuses = {
    "unknown-field": 400,
    unauthorized: 401,
    "disk-full": 507,
    "database-busy": 503,
    "internal-error": 500,
  };
  for (const [code, status] of Object.entries(statuses)) {
    assert.equal(problemOf({ code, message: "" }).status, status, code);
  }
});
