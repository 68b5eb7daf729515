import assert from "node:assert/strict";
import { test } from "node:test";
import { Feed } from "./feed.ts";

const never = () => new AbortController().signal;

test("everyone who waits is woken once", async () => {
  const feed = new Feed();
  const both = Promise.all([feed.next(never()), feed.next(never())]);
  feed.notify();
  await both;
  const outcome = await Promise.race([feed.next(never(), 10_000).then(() => "woken"), Promise.resolve("waiting")]);
  assert.equal(outcome, "waiting");
  feed.notify();
});

test("time and an abort end the wait", async () => {
  const feed = new Feed();
  await feed.next(never(), 1);
  const controller = new AbortController();
  const waiting = feed.next(controller.signal);
  controller.abort();
  await waiting;
  await feed.next(controller.signal);
});
