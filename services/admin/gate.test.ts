import assert from "node:assert/strict";
import { test } from "node:test";
import { AttemptLimiter } from "./attempt-limiter.ts";
import { Gate } from "./gate.ts";

const TOKEN = "the-right-token-1234";

function gate() {
  const wrong: string[] = [];
  const limiter = new AttemptLimiter(() => 0, { most: 2, windowMilliseconds: 10_000 });
  return { gate: new Gate(TOKEN, limiter, (address) => wrong.push(address)), wrong };
}

test("the holder of the token comes in", () => {
  const { gate: door, wrong } = gate();
  assert.equal(door.refuse(`Bearer ${TOKEN}`, "a"), undefined);
  assert.equal(door.refuse(`bearer  ${TOKEN}`, "a"), undefined);
  assert.deepEqual(wrong, []);
});

test("nobody else does, and the answer says nothing of the token", async () => {
  const { gate: door } = gate();
  for (const header of [null, "", "Bearer", `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, `Bearer ${TOKEN} ${TOKEN}`]) {
    const answer = gate().gate.refuse(header, "a");
    assert.equal(answer?.status, 401, String(header));
    assert.equal(answer?.headers.get("www-authenticate"), 'Bearer realm="berth"');
    assert(!(await answer.text()).includes(TOKEN));
  }
  assert.equal(door.refuse(`Bearer ${TOKEN.slice(1)}`, "a")?.status, 401);
});

test("after too many wrong tokens even the right one must wait; no token is no try", () => {
  const { gate: door, wrong } = gate();
  for (let count = 0; count < 5; count++) assert.equal(door.refuse(null, "a")?.status, 401);
  door.refuse("Bearer x", "a");
  door.refuse("Bearer y", "a");
  const answer = door.refuse(`Bearer ${TOKEN}`, "a");
  assert.equal(answer?.status, 429);
  assert.equal(answer?.headers.get("retry-after"), "5");
  assert.deepEqual(wrong, ["a", "a"]);
  assert.equal(door.refuse(`Bearer ${TOKEN}`, "b"), undefined);
});
