import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns } from "./lock.ts";

test("what is asked for while one waits its turn is done by that one, and what began before is not enough", async () => {
  let now = 0;
  const seen: number[] = [];
  const gates: (() => void)[] = [];
  const act = createTurns(async () => {
    const at = now;
    await new Promise<void>((resolve) => gates.push(resolve));
    seen.push(at);
  });
  const first = act();
  await new Promise((resolve) => setTimeout(resolve, 0));
  now = 1;
  const later = [act(), act(), act()];
  gates.shift()?.();
  await first;
  await new Promise((resolve) => setTimeout(resolve, 0));
  gates.shift()?.();
  await Promise.all(later);
  assert.deepEqual(seen, [0, 1]);
});

test("one that fails fails for those that shared it, and the next is done", async () => {
  let fails = true;
  const act = createTurns(async () => {
    if (fails) throw new Error("no");
  });
  await assert.rejects(act());
  fails = false;
  await act();
});
