import assert from "node:assert/strict";
import { test } from "node:test";
import { composeBytes, composeDuration } from "./quantity.ts";
import { shellWords } from "./words.ts";

test("amounts of bytes are powers of 1024 in every spelling", () => {
  const cases: ReadonlyArray<readonly [unknown, string | number]> = [
    ["512m", "512Mi"],
    ["1.5GB", "1.5Gi"],
    ["64k", "64Ki"],
    ["2048", 2048],
    ["300b", 300],
    [1048576, 1048576],
    ["16MiB", "16Mi"],
  ];
  for (const [written, expected] of cases) assert.equal(composeBytes(written, "field"), expected);
  for (const written of ["much", "-1", "1x", "", null]) assert.throws(() => composeBytes(written, "field"), /field/);
});

test("spans of time become one number with a unit", () => {
  const cases: ReadonlyArray<readonly [unknown, string]> = [
    ["1m30s", "90s"],
    ["1h", "1h"],
    ["90s", "90s"],
    ["1.5h", "90m"],
    ["10ms", "10ms"],
    ["0", "0s"],
    ["0s", "0s"],
    [30, "30s"],
    ["5m", "5m"],
    ["100us", "1ms"],
  ];
  for (const [written, expected] of cases) assert.equal(composeDuration(written, "field"), expected);
  for (const written of ["soon", "1m 30s", "10", ""]) assert.throws(() => composeDuration(written, "field"), /field/);
});

test("a command line is split as a shell splits it", () => {
  const cases: ReadonlyArray<readonly [string, string[] | undefined]> = [
    ["a b  c", ["a", "b", "c"]],
    [`sh -c "echo 'x y' \\"z\\""`, ["sh", "-c", `echo 'x y' "z"`]],
    ["a 'b c'd \"\"", ["a", "b cd", ""]],
    ["a\\ b", ["a b"]],
    ['"a\\b"', ["a\\b"]],
    ["line \\\n  two", ["line", "two"]],
    ["  ", []],
    ["'open", undefined],
  ];
  for (const [line, words] of cases) assert.deepEqual(shellWords(line), words, line);
});
