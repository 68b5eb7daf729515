import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../parse.ts";
import { Workload } from "../workload.ts";

function refusal(more: object) {
  const parsed = parse(Workload, { name: "web", image: "nginx", ...more });
  assert(!parsed.ok, "it was taken");
  return parsed.reason;
}

test("limits that contradict each other are refused by field", () => {
  const cases: [object, string, RegExp][] = [
    [{ limits: { memory: "64Mi", memoryHigh: "65Mi" } }, "limits.memoryHigh", /at most limits\.memory/],
    [{ limits: { memory: "64Mi" }, reserve: { memory: "128Mi" } }, "reserve.memory", /at most limits\.memory/],
    [{ limits: { cpus: "500m" }, reserve: { cpus: 1 } }, "reserve.cpus", /at most limits\.cpus/],
    [{ limits: { shm: "8Mi" }, tmpfs: [{ path: "/dev/shm" }] }, "limits.shm", /either/],
    [{ limits: { cpuWeight: 0 } }, "limits.cpuWeight", /at least 1/],
    [{ limits: { io: { weight: 10_001 } } }, "limits.io.weight", /at most 10000/],
    [{ limits: { openFiles: 3 } }, "limits.openFiles", /at least 16/],
  ];
  for (const [more, field, allowed] of cases) {
    const reason = refusal(more);
    assert.equal(reason.field, field);
    assert.match(reason.allowed ?? "", allowed);
  }
});

test("quantities are compared by what they mean", () => {
  const parsed = parse(Workload, {
    name: "web",
    image: "nginx",
    limits: { memory: "1Gi", memoryHigh: "1024Mi", cpus: 1 },
    reserve: { cpus: "1000m", memory: "1Gi" },
  });
  assert.ok(parsed.ok);
});
