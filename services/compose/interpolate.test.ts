import assert from "node:assert/strict";
import { test } from "node:test";
import { ReasonError } from "../model/reason.ts";
import { interpolate } from "./interpolate.ts";

const VARIABLES = { NAME: "web", EMPTY: "", NESTED: "deep" };

test("every form of a variable is filled in as docker compose does", () => {
  const cases: ReadonlyArray<readonly [written: string, expected: string]> = [
    ["$NAME-${NAME}", "web-web"],
    ["$$NAME $${NAME}", "$NAME ${NAME}"],
    ["${NONE:-a b}", "a b"],
    ["${EMPTY:-default}|${EMPTY-default}", "default|"],
    ["${NONE-default}", "default"],
    ["${NONE:-${NESTED}/${ALSO_NONE:-x}}", "deep/x"],
    ["${NAME:+set}|${EMPTY:+set}|${EMPTY+set}|${NONE+set}", "set||set|"],
    ["${NAME:?must be set}", "web"],
    ["${NONE:-http://host:80/?a=b}", "http://host:80/?a=b"],
    ["no variable", "no variable"],
  ];
  for (const [written, expected] of cases)
    assert.equal(interpolate(written, VARIABLES, "field").text, expected, written);
});

test("a variable without a value is empty and named", () => {
  assert.deepEqual(interpolate("a$NONE", VARIABLES, "field"), { text: "a", unset: ["NONE"] });
  assert.deepEqual(interpolate("${NONE:-x}", VARIABLES, "field").unset, []);
});

test("a variable that must have a value says so in the file's words", () => {
  assert.throws(
    () => interpolate("${TOKEN:?give a token}", VARIABLES, "services.web.environment.TOKEN"),
    (error: unknown) =>
      error instanceof ReasonError &&
      error.reason.code === "variable-missing" &&
      error.message === "services.web.environment.TOKEN needs the variable TOKEN: give a token",
  );
  assert.throws(() => interpolate("${EMPTY:?}", VARIABLES, "field"), /needs the variable EMPTY/);
  assert.equal(interpolate("${EMPTY?}", VARIABLES, "field").text, "");
});

test("a dollar that begins no variable is refused", () => {
  for (const written of ["cost: 5$", "${", "${}", "${1}", "${NAME", "${NAME!x}", "$(date)"])
    assert.throws(() => interpolate(written, VARIABLES, "field"), /begins no variable/, written);
});
