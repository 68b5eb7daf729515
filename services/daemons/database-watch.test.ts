import assert from "node:assert/strict";
import { test } from "node:test";
import { ReasonError } from "../model/reason.ts";
import { watchDatabase } from "./database-watch.ts";

test("a broken disk is told and no reason to restart, and forgotten when it works again", () => {
  let error: Error | undefined;
  const watch = watchDatabase({
    probe() {
      if (error !== undefined) throw error;
    },
  });
  assert.deepEqual([watch.check(), watch.reason()], [true, undefined]);
  for (const code of ["disk-full", "database-unusable"]) {
    error = new ReasonError({ code, message: "the disk" });
    assert.equal(watch.check(), true);
    assert.equal(watch.reason()?.code, code);
  }
  error = new Error("a mistake");
  assert.deepEqual([watch.check(), watch.reason()], [false, undefined]);
  error = undefined;
  assert.deepEqual([watch.check(), watch.reason()], [true, undefined]);
});
