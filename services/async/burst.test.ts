import assert from "node:assert/strict";
import { test } from "node:test";
import { createBurst } from "./burst.ts";

test("what comes together is acted on once, and what comes later once more", async () => {
  const acts: (readonly string[])[] = [];
  let acted = () => {};
  const next = () =>
    new Promise<void>((resolve) => {
      acted = resolve;
    });
  const tell = createBurst<string>(
    5,
    async (names) => {
      acts.push(names);
      acted();
    },
    assert.ifError,
  );
  let done = next();
  for (const name of ["a", "b", "a"]) tell(name);
  await done;
  done = next();
  tell("a");
  await done;
  assert.deepEqual(acts, [["a", "b"], ["a"]]);
});

test("an act that fails is told, and the next one is done", async () => {
  const errors: unknown[] = [];
  const seen: number[] = [];
  await new Promise<void>((resolve) => {
    const tell = createBurst<number>(
      1,
      async ([one = 0]) => {
        seen.push(one);
        if (one === 1) throw new Error("full");
        resolve();
      },
      (error) => {
        errors.push(error);
        tell(2);
      },
    );
    tell(1);
  });
  assert.deepEqual(seen, [1, 2]);
  assert.equal(errors.length, 1);
});
