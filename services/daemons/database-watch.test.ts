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
  const found = () => [watch.check(), watch.reason()?.code];
  assert.deepEqual(found(), [true, undefined]);
  for (const code of ["disk-full", "database-corrupt", "database-unusable"]) {
    error = new ReasonError({ code, message: "the disk" });
    assert.deepEqual(found(), [true, code]);
  }
  error = new ReasonError({ code: "database-corrupt", message: "what SQLite makes of it" });
  assert.deepEqual(found(), [true, "database-unusable"]);
  error = undefined;
  assert.deepEqual(found(), [true, undefined]);
  error = new Error("a mistake");
  assert.deepEqual(found(), [false, undefined]);
});
