import assert from "node:assert/strict";
import { test } from "node:test";
import { ReasonError } from "../model/reason.ts";
import { createLog, formatEntry } from "./log.ts";

test("each entry is one line with its priority, for the journal", () => {
  const lines: string[] = [];
  const log = createLog("supervisor", { write: (line) => lines.push(line) });
  log.debug("left out");
  log.info("order accepted", { order: "order-0001", sequence: 7, workload: undefined });
  log.warning("odd\nname", { name: 'a "b"\nc', empty: "" });
  log.error("pull failed", { at: new Date(0), reason: { code: "x" } });
  assert.deepEqual(lines, [
    "<6>supervisor: order accepted order=order-0001 sequence=7\n",
    '<4>supervisor: odd name name="a \\"b\\"\\nc" empty=""\n',
    '<3>supervisor: pull failed at=1970-01-01T00:00:00.000Z reason="{\\"code\\":\\"x\\"}"\n',
  ]);
});

test("debug lines are there when asked for", () => {
  const lines: string[] = [];
  createLog("agent", { write: (line) => lines.push(line), debug: true }).debug("sent");
  assert.deepEqual(lines, ["<7>agent: sent\n"]);
});

test("an error tells its code and what caused it", () => {
  const cause = new Error("ECONNREFUSED");
  const error = new ReasonError({ code: "registry-unreachable", message: "no answer" }, { cause });
  assert.equal(formatEntry("pull", { error }), 'pull error="no answer (registry-unreachable); because ECONNREFUSED"');
  const circle = new Error("a");
  circle.cause = circle;
  assert.equal(formatEntry("x", { error: circle }), 'x error="Error: a"');
});
