import assert from "node:assert/strict";
import { test } from "node:test";
import type { Agent } from "./agent.ts";
import { openAgents } from "./agents.ts";

function agent(): Agent {
  const closed = Promise.withResolvers<Error>();
  return {
    started: () => Promise.resolve(),
    run: () => assert.fail("nothing is run"),
    stats: () => Promise.resolve(new Map([["pids", 1]])),
    closed: closed.promise,
    close: () => closed.resolve(new Error("closed")),
  };
}

test("whoever speaks with one guest shares its connection", async () => {
  let connected = 0;
  const agents = openAgents(async () => {
    connected++;
    return agent();
  });
  const used = await Promise.all([1, 2, 3].map(() => agents.use("/a", (one) => one.stats())));
  assert.equal(used.length, 3);
  assert.equal(connected, 1);
  agents.forget("/a");
});

test("a connection that did not come about is tried again by the next", async () => {
  let tries = 0;
  const agents = openAgents(async () => {
    tries++;
    if (tries === 1) throw new Error("nobody listens");
    return agent();
  });
  await assert.rejects(
    agents.use("/a", (one) => one.started()),
    /nobody listens/,
  );
  await agents.use("/a", (one) => one.started());
  assert.equal(tries, 2);
  agents.forget("/a");
});

test("after its end another is made, once the guest has noticed", async () => {
  const times: number[] = [];
  const agents = openAgents(async () => {
    times.push(performance.now());
    return agent();
  });
  await agents.use("/a", async (one) => one.close());
  await agents.use("/a", (one) => one.started());
  assert.equal(times.length, 2);
  assert.ok((times[1] ?? 0) - (times[0] ?? 0) > 500);
  agents.forget("/a");
});

test("to close it ends the wait for an agent that says nothing", async () => {
  const agents = openAgents(
    (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("given up")))),
  );
  const using = agents.use("/a", (one) => one.started(), 60_000);
  agents.close("/a");
  await assert.rejects(using, /given up/);
});
