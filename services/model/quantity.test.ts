import assert from "node:assert/strict";
import { test } from "node:test";
import { Bytes, bytesOf, Cpus, cpusOf, Duration, formatBytes, millisecondsOf } from "./quantity.ts";

test("bytes are read with binary and decimal units", () => {
  assert.equal(bytesOf("256Mi"), 268_435_456);
  assert.equal(bytesOf("1.5k"), 1500);
  assert.equal(bytesOf(4096), 4096);
  for (const wrong of ["1mb", "-1Mi", "Mi", ""]) assert(!Bytes.safeParse(wrong).success, wrong);
});

test("CPUs are read as shares and thousandths", () => {
  assert.equal(cpusOf("500m"), 0.5);
  assert.equal(cpusOf("2"), 2);
  assert.equal(cpusOf(0.25), 0.25);
  for (const wrong of ["0.5m", "two", 0]) assert(!Cpus.safeParse(wrong).success, String(wrong));
});

test("durations have a unit", () => {
  assert.equal(millisecondsOf("500ms"), 500);
  assert.equal(millisecondsOf("2m"), 120_000);
  for (const wrong of ["5", "1.5s", "5 s"]) assert(!Duration.safeParse(wrong).success, wrong);
});

test("bytes are shown for a person", () => {
  assert.equal(formatBytes(512), "512 B");
  assert.equal(formatBytes(12.3 * 1024 * 1024), "12.3 MiB");
});
