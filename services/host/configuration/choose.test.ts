import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Configuration } from "../../model/configuration.ts";
import type { Checked } from "./check.ts";
import { chooseConfiguration, type Kept, type Reading } from "./choose.ts";
import { PLACES } from "./places.ts";

const [DRIVE, PARTITION] = PLACES;
const good = (device: string): Checked => ({ ok: true, configuration: Configuration.parse({ device }) });
const wrong: Checked = { ok: false, problems: [{ code: "invalid-value", message: "wrong" }] };
const kept = (from: Kept["from"]): Kept => ({ from, configuration: Configuration.parse({ device: "kept" }) });

function choose(drive: Checked | "absent" | "no file", partition: Checked | "absent" | "no file", last?: Kept) {
  const readings: Reading[] = [
    ...(drive === "absent" ? [] : [{ place: DRIVE, file: drive === "no file" ? undefined : drive }]),
    ...(partition === "absent" ? [] : [{ place: PARTITION, file: partition === "no file" ? undefined : partition }]),
  ];
  const { source, configuration, problems } = chooseConfiguration(readings, last);
  return [source, configuration?.device, problems.map(({ code }) => code)];
}

describe("chooseConfiguration", () => {
  test("the drive wins over the partition, and both over what was kept", () => {
    assert.deepEqual(choose(good("a"), good("b"), kept("partition")), ["drive", "a", []]);
    assert.deepEqual(choose("absent", good("b"), kept("drive")), ["partition", "b", []]);
  });

  test("after a wrong file the last good one holds, whatever else is there", () => {
    assert.deepEqual(choose(wrong, good("b"), kept("partition")), ["kept", "kept", ["invalid-value"]]);
    assert.deepEqual(choose("absent", wrong, kept("partition")), ["kept", "kept", ["invalid-value"]]);
  });

  test("a device that never had a good one takes the next place, or none", () => {
    assert.deepEqual(choose(wrong, good("b")), ["partition", "b", ["invalid-value"]]);
    assert.deepEqual(choose(wrong, wrong), ["none", undefined, ["invalid-value", "invalid-value"]]);
    assert.deepEqual(choose("absent", "no file"), ["none", undefined, ["configuration-missing"]]);
    assert.deepEqual(choose("absent", "absent"), ["none", undefined, ["configuration-missing"]]);
  });

  test("a missing file is a problem only where one should be", () => {
    assert.deepEqual(choose("no file", good("b"), kept("partition")), ["partition", "b", ["configuration-missing"]]);
    assert.deepEqual(choose("absent", "no file", kept("partition")), ["kept", "kept", ["configuration-missing"]]);
    assert.deepEqual(choose("absent", "no file", kept("drive")), ["kept", "kept", []]);
    assert.deepEqual(choose("absent", "absent", kept("drive")), ["kept", "kept", []]);
  });
});
