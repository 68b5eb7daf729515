import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stats } from "../model/stats.ts";
import { LiveTable } from "./live-table.ts";
import { statsLines } from "./stats-table.ts";

const sample: Stats = {
  device: "demo",
  at: "2026-01-01T00:00:00Z",
  workloads: [
    {
      name: "web",
      phase: "running",
      restarts: 2,
      usage: {
        cpu: { percent: 12.5, limit: 50, seconds: 3 },
        memory: { current: 12_582_912, peak: 14_680_064, limit: 134_217_728 },
        pids: { current: 3 },
        io: { read: 4096, written: 0 },
        network: { received: 2048, sent: 1024 },
      },
    },
    { name: "db", phase: "stopped", restarts: 0 },
  ],
};

test("each workload's use stands beside its limit, and one that does not run shows its phase", () => {
  assert.deepEqual(statsLines(sample), [
    "NAME  CPU %      MEMORY                PEAK      PIDS  READ / WRITTEN  RECEIVED / SENT    RESTARTS",
    "web   12.5 / 50  12.0 MiB / 128.0 MiB  14.0 MiB  3     4.0 KiB / 0 B   2.0 KiB / 1.0 KiB  2",
    "db    stopped    -                     -         -     -               -                  0",
  ]);
});

test("on a terminal a table takes the place of the one before, whatever their heights", () => {
  const texts: string[] = [];
  const table = new LiveTable({ write: (more) => texts.push(more), columns: () => 4 });
  table.show(["one", "second"]);
  table.show(["1"]);
  assert.equal(texts.join(""), "\r\u001b[Jone\nsec…\n\u001b[2A\r\u001b[J1\n");
});

test("elsewhere one table follows the other", () => {
  const texts: string[] = [];
  const table = new LiveTable({ write: (more) => texts.push(more), columns: () => undefined });
  table.show(["one"]);
  table.show(["two"]);
  assert.equal(texts.join(""), "one\n\ntwo\n");
});
