import assert from "node:assert/strict";
import { test } from "node:test";
import { secondsLeft, sentReceipt } from "./order-terms.ts";

const order = {
  id: "order-0001",
  device: "demo",
  sequence: 3,
  issuer: "alice",
  kind: "apply",
  workload: "web",
  issuedAt: "2026-01-01T00:00:00Z",
  expiresAt: "2026-01-01T00:01:00Z",
  answered: false,
};

test("what is left of a term is in whole seconds, rounded up", () => {
  assert.equal(secondsLeft(order, new Date("2026-01-01T00:00:59.999Z")), 1);
  assert.equal(secondsLeft(order, new Date("2026-01-01T00:01:00Z")), 0);
  assert(secondsLeft(order, new Date("2026-01-01T00:02:00Z")) < 0);
});

test("an order not answered is sent, and in no journal", () => {
  const receipt = sentReceipt(order, new Date("2026-01-01T00:00:30Z"));
  assert.deepEqual([receipt.status, receipt.sequence, receipt.reason], ["sent", 0, undefined]);
});

test("after its term that is said, and that nobody knows whether it was taken", () => {
  const receipt = sentReceipt(order, new Date("2026-01-01T00:01:00Z"));
  assert.equal(receipt.status, "sent");
  assert.equal(receipt.reason?.code, "order-unanswered");
});
