import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiClient } from "../api/client.ts";
import { ReasonError } from "../model/reason.ts";
import type { Telemetry } from "../model/telemetry.ts";
import type { IncomingMessage } from "./broker-connection.ts";
import { takeOrder } from "./order-intake.ts";

const nothing = () => undefined;
const log = { debug: nothing, info: nothing, warning: nothing, error: nothing };
const clock = { now: () => new Date("2026-01-01T00:00:00Z") };
const signed = { protected: "e30", payload: "e30", signature: "c2ln" };

function message(payload: unknown): IncomingMessage {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return { topic: "t", payload: new TextEncoder().encode(text), qos: 1, retained: false, correlation: "order-0001" };
}

/** A supervisor that fails with these reasons, one a call, and then takes the order. */
function supervisorAfter(...failures: ReasonError[]) {
  const calls: unknown[] = [];
  const reports: Telemetry[] = [];
  const call: ApiClient["call"] = async (_name, outgoing) => {
    calls.push(outgoing?.body);
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    // The answer is not looked at: that there is one is what counts.
    return JSON.parse("{}");
  };
  const options = { supervisor: { call }, report: (one: Telemetry) => reports.push(one), clock, random: () => 0, log };
  return { calls, reports, options };
}

const failure = (code: string, transient = false) => new ReasonError({ code, message: code }, { transient });

test("an order is handed over as it came", async () => {
  const { calls, reports, options } = supervisorAfter();
  await takeOrder(message(signed), options, new AbortController().signal);
  assert.deepEqual(calls, [signed]);
  assert.deepEqual(reports, []);
});

test("a supervisor that is away or cannot write is asked until it answers", async () => {
  const { calls, reports, options } = supervisorAfter(
    failure("unreachable", true),
    ...Array.from({ length: 20 }, () => failure("database-corrupt")),
    failure("database-too-new"),
    failure("disk-full"),
  );
  await takeOrder(message(signed), options, new AbortController().signal);
  assert.equal(calls.length, 24);
  assert.deepEqual(reports, []);
});

test("what is no signed order is let go and reported, with the order it was meant to be", async () => {
  const { calls, reports, options } = supervisorAfter();
  for (const text of ["not json", "[]", '{"protected":"a"}', "\u0000"]) {
    await takeOrder(message(text), options, new AbortController().signal);
  }
  assert.equal(calls.length, 0);
  assert.equal(reports.length, 4);
  const [first] = reports;
  assert(first?.kind === "problem");
  assert.equal(first.order, "order-0001");
  assert.equal(first.reason.code, "invalid-json");
});

test("a refusal that will not change ends the trying at once, a fault after a while", async () => {
  const refused = supervisorAfter(failure("too-large"));
  await takeOrder(message(signed), refused.options, new AbortController().signal);
  assert.equal(refused.calls.length, 1);
  assert.equal(refused.reports.length, 1);
  const faulty = supervisorAfter(...Array.from({ length: 50 }, () => failure("internal-error")));
  await takeOrder(message(signed), faulty.options, new AbortController().signal);
  assert.equal(faulty.calls.length, 8);
  assert.equal(faulty.reports.length, 1);
});

test("when the connection is gone the trying ends, and the order is not let go", async () => {
  const gone = new AbortController();
  const { options, reports } = supervisorAfter(...Array.from({ length: 50 }, () => failure("unreachable", true)));
  let tries = 0;
  const random = () => {
    if (++tries === 3) gone.abort();
    return 0;
  };
  await assert.rejects(takeOrder(message(signed), { ...options, random }, gone.signal));
  assert.deepEqual(reports, []);
});
