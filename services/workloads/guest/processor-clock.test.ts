import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProcessorClock } from "./processor-clock.ts";

const DETECTED = "[    0.044000] tsc: Detected 2594.312 MHz processor\n";
const LOOPS =
  "[    0.000792] Calibrating delay loop (skipped), value calculated using timer frequency.. 5188.62 BogoMIPS (lpj=10377248)\n";
const REFINED = "[    2.210638] tsc: Refined TSC clocksource calibration: 2596.104 MHz\n";

test("the processor's clock is the kernel's finest measure of it", () => {
  assert.deepEqual(parseProcessorClock(DETECTED + LOOPS + REFINED), {
    kilohertz: 2_596_104,
    loopsPerJiffy: 10_377_248,
  });
  assert.equal(parseProcessorClock(DETECTED + LOOPS)?.kilohertz, 2_594_312);
});

test("a log that tells nothing gives no clock", () => {
  assert.equal(parseProcessorClock(DETECTED), undefined);
  assert.equal(parseProcessorClock(""), undefined);
});
