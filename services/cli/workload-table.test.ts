import assert from "node:assert/strict";
import { test } from "node:test";
import type { State } from "../model/state.ts";
import { workloadLines } from "./workload-table.ts";

const NOW = new Date("2026-01-01T01:00:00Z");

test("each workload is a line, and each that is not as desired says why", () => {
  const state: State = {
    device: "demo",
    revision: 1,
    at: "2026-01-01T00:00:00Z",
    workloads: [
      {
        name: "web",
        image: "nginx:1",
        isolation: "container",
        desired: "running",
        phase: "running",
        health: "healthy",
        since: "2026-01-01T00:59:30Z",
        restarts: 2,
        ports: [
          { host: 8080, container: 80, protocol: "tcp" },
          { host: 53, container: 53, protocol: "udp" },
        ],
        issuer: "alice",
      },
      {
        name: "db",
        image: `db:1@sha256:${"ab".repeat(32)}`,
        isolation: "container",
        desired: "running",
        phase: "failed",
        health: "none",
        since: "2026-01-01T00:00:00Z",
        restarts: 0,
        ports: [],
        reason: { code: "image-not-found", message: "there is no\nimage db:1" },
      },
    ],
  };
  assert.deepEqual(workloadLines(state, NOW), [
    "NAME  PHASE    HEALTH   SINCE  RESTARTS  PORTS                IMAGE              CHANGED BY",
    "web   running  healthy  30s    2         8080->80 53->53/udp  nginx:1            alice",
    "db    failed   -        60m    0         -                    db:1@abababababab  -",
    "",
    "db: there is no image db:1 (image-not-found)",
  ]);
});

test("a device without workloads says so", () => {
  const state = { device: "demo", revision: 0, at: "2026-01-01T00:00:00Z", workloads: [] };
  assert.deepEqual(workloadLines(state, NOW), ["demo has no workloads."]);
});

test("with a schedule on the device, each line says when it runs next", () => {
  const state: State = {
    device: "demo",
    revision: 1,
    at: "2026-01-01T00:00:00Z",
    workloads: [
      {
        name: "backup",
        image: "backup:1",
        isolation: "container",
        desired: "running",
        phase: "scheduled",
        health: "none",
        since: "2026-01-01T00:59:30Z",
        restarts: 0,
        ports: [],
        schedule: { next: "2026-01-02T03:30:00.000Z" },
      },
    ],
  };
  assert.deepEqual(workloadLines(state, NOW), [
    "NAME    PHASE      HEALTH  SINCE  RESTARTS  NEXT RUN           PORTS  IMAGE     CHANGED BY",
    "backup  scheduled  -       30s    0         2026-01-02T03:30Z  -      backup:1  -",
  ]);
});

test("isolation is told where not all are containers, and emulation always", () => {
  const workload = (name: string, more: Partial<State["workloads"][number]>): State["workloads"][number] => ({
    name,
    image: "a:1",
    isolation: "container",
    desired: "running",
    phase: "running",
    health: "none",
    since: "2026-01-01T00:59:30Z",
    restarts: 0,
    ports: [],
    ...more,
  });
  const workloads = [
    workload("a", {}),
    workload("b", { isolation: "microvm" }),
    workload("c", { isolation: "microvm", emulated: true }),
  ];
  const lines = workloadLines({ device: "demo", revision: 1, at: "2026-01-01T00:00:00Z", workloads }, NOW);
  assert.match(lines[0] ?? "", / ISOLATION +PORTS /);
  assert.match(lines[1] ?? "", / container +- /);
  assert.match(lines[2] ?? "", / microvm +- /);
  assert.match(lines[3] ?? "", / microvm \(emulated\) +- /);
});
