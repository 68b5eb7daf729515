import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Architecture } from "./architecture.ts";
import { partitionsFor, placePartitions, sfdiskScript } from "./partitions.ts";

const MIB = 1024 * 1024;
const BOTH: readonly Architecture[] = ["x86_64", "aarch64"];

test("partitions follow each other without a gap, and data comes last", () => {
  for (const architecture of BOTH) {
    const { size, partitions } = placePartitions(partitionsFor(architecture));
    let next = MIB;
    for (const partition of partitions) {
      assert.equal(partition.offset, next);
      next += partition.size;
    }
    assert.equal(size, next + MIB);
    assert.equal(partitions.at(-1)?.label, "data");
  }
});

test("no other partition has the type by which systemd-repart finds data", () => {
  const partitions = partitionsFor("x86_64");
  const data = partitions.find(({ label }) => label === "data");
  assert.equal(partitions.filter(({ type }) => type === data?.type).length, 1);
});

test("both slots are alike", () => {
  const partitions = partitionsFor("aarch64");
  for (const part of ["boot", "root"]) {
    const [a, b] = partitions.filter(({ label }) => label.startsWith(`${part}-`));
    assert.deepEqual([a?.size, a?.type], [b?.size, b?.type]);
  }
});

test("architectures differ in the type of their roots only", () => {
  const shape = (architecture: Architecture) =>
    partitionsFor(architecture).map(({ label, size, type }) => [label, size, label.startsWith("root") ? "" : type]);
  assert.deepEqual(shape("x86_64"), shape("aarch64"));
});

test("grub.cfg takes the slots' partitions from their places", () => {
  const config = readFileSync(join(import.meta.dir, "boot/grub.cfg"), "utf8");
  const number = (label: string) => partitionsFor("x86_64").findIndex((partition) => partition.label === label) + 1;
  const line = (slot: "a" | "b", other: "a" | "b") =>
    `set root="$disk,gpt${number(`boot-${slot}`)}"; set root_partition="$disk,gpt${number(`root-${slot}`)}"; set other_boot="$disk,gpt${number(`boot-${other}`)}"`;
  assert.ok(config.includes(line("a", "b")));
  assert.ok(config.includes(line("b", "a")));
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
