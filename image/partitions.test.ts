import assert from "node:assert/strict";
import { test } from "node:test";
import { PARTITIONS, placePartitions, sfdiskScript } from "./partitions.ts";

const MIB = 1024 * 1024;

test("partitions follow each other without a gap, and data comes last", () => {
  const { size, partitions } = placePartitions(PARTITIONS);
  let next = MIB;
  for (const partition of partitions) {
    assert.equal(partition.offset, next);
    next += partition.size;
  }
  assert.equal(size, next + MIB);
  assert.equal(partitions.at(-1)?.label, "data");
});

test("no other partition has the type by which systemd-repart finds data", () => {
  const data = PARTITIONS.find(({ label }) => label === "data");
  assert.equal(PARTITIONS.filter(({ type }) => type === data?.type).length, 1);
});

test("both slots are alike", () => {
  const [a, b] = PARTITIONS.filter(({ label }) => label.startsWith("root-"));
  assert.equal(a?.size, b?.size);
  assert.equal(a?.type, b?.type);
});

test("sfdisk gets sectors and names", () => {
  const content = { kind: "empty" } as const;
  const layout = placePartitions([{ label: "only", type: "linux", size: 2 * MIB, content }]);
  assert.match(sfdiskScript(layout), /^start=2048, size=4096, type=linux, name="only"$/mu);
});

test("a size that breaks alignment is refused", () => {
  const content = { kind: "empty" } as const;
  assert.throws(() => placePartitions([{ label: "odd", type: "linux", size: 100, content }]), /odd: its size/u);
});
