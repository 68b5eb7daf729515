import assert from "node:assert/strict";
import type { EventKind } from "../../services/model/event.ts";
import { isFinal } from "../../services/model/receipt.ts";
import type { Device } from "../e2e/support/device.ts";
import { delay, waitFor } from "../rig/wait.ts";
import { disturb } from "./disturber.ts";
import { type EndedOrder, expectedOf } from "./expected.ts";
import { leftoversOf } from "./leftovers.ts";
import { type GivenOrder, giveOrders } from "./orders.ts";
import { Random } from "./random.ts";
import { jobsVersionFile } from "./shapes.ts";

/** After the last disturbance everything must have come to its end within this, in milliseconds. */
const SETTLED_WITHIN = 600_000;

export interface ChaosOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly workloads: number;
  /** Between two orders, in milliseconds, at most. */
  readonly pause: number;
  say(line: string): void;
}

/**
 * Gives orders to many workloads while the device's services are killed and stopped at random; then holds that every order
 * ended, each workload is as its orders say, with one process, and that after their removal nothing is left.
 */
export async function chaos(device: Device, options: ChaosOptions): Promise<void> {
  const { seed, seconds, workloads, pause, say } = options;
  say(`seed ${seed}: ${workloads} workloads, ${seconds} s`);
  const before = await leftoversOf(device);
  const controller = new AbortController();
  const { signal } = controller;
  const disturbed = disturb(device, new Random(seed ^ 0xd15c), signal);
  const ordered = giveOrders({ device, random: new Random(seed), count: workloads, pause, signal });
  await Promise.race([delay(seconds * 1000), disturbed, ordered]);
  controller.abort();
  const [counts, given] = await Promise.all([disturbed, ordered]);
  for (const [what, count] of [...counts].toSorted()) say(`${what}: ${count} times`);

  const ended = await endedOrders(device, given, say);
  const statuses = Map.groupBy(ended.values(), ({ status }) => status);
  say(`${given.length} orders: ${[...statuses].map(([status, all]) => `${all.length} ${status}`).join(", ")}`);
  const happened = Map.groupBy(await device.events(), ({ kind }) => kind);
  const times = (kind: EventKind) => happened.get(kind)?.length ?? 0;
  say(`${times("workload-switched")} switched over, ${times("workload-completed")} runs of jobs completed`);
  await asOrdered(device, given, ended);

  const state = await device.lan.call("getState");
  await device.remove(...state.workloads.map(({ name }) => name));
  let left = await leftoversOf(device);
  await waitFor("Nothing is left", 60_000, async () => {
    left = await leftoversOf(device);
    return JSON.stringify(left) === JSON.stringify(before);
  }).catch(() => {});
  assert.deepEqual(left, before);
}

/** Waits for the end of every order; each has one, and its receipts tell each status once. */
async function endedOrders(
  device: Device,
  given: readonly GivenOrder[],
  say: (line: string) => void,
): Promise<Map<string, EndedOrder>> {
  const found = new Map<string, EndedOrder>();
  await waitFor(
    "The end of every order",
    SETTLED_WITHIN,
    async () => {
      for (const { id, asked } of given) {
        if (found.has(id)) continue;
        const { status, reason } = await device.lan.call("getOrder", { params: { id } });
        if (!isFinal(status) || status === "sent") return false;
        if (status === "failed") say(`${asked.kind} failed: ${reason?.code}: ${reason?.message}`);
        found.set(id, { asked, status, sequence: 0 });
      }
      return true;
    },
    1_000,
  );
  const receipts = new Map<string, { sequence: number; statuses: string[] }>();
  for await (const { data } of device.lan.follow("followReceipts")) {
    const known = receipts.get(data.order);
    if (known === undefined) receipts.set(data.order, { sequence: data.sequence, statuses: [data.status] });
    else known.statuses.push(data.status);
  }
  for (const [id, order] of found) {
    const { sequence, statuses } = receipts.get(id) ?? { sequence: 0, statuses: [] };
    assert.equal(new Set(statuses).size, statuses.length, `order ${id} tells something twice: ${statuses}`);
    assert.equal(statuses.at(-1), order.status, `order ${id}: ${statuses}`);
    found.set(id, { ...order, sequence });
  }
  return found;
}

/** Each workload is there or not, runs or not, in the version and with as many processes as its orders say. */
async function asOrdered(
  device: Device,
  given: readonly GivenOrder[],
  ended: ReadonlyMap<string, EndedOrder>,
): Promise<void> {
  const byWorkload = Map.groupBy(given, ({ workload }) => workload);
  const running: string[] = [];
  const there: string[] = [];
  for (const [workload, orders] of byWorkload) {
    const expected = expectedOf(orders.map(({ id }) => ended.get(id)).filter((order) => order !== undefined));
    if (expected === undefined) continue;
    there.push(workload);
    if (expected.run === "stopped") {
      await device.phase(workload, "stopped", SETTLED_WITHIN);
      continue;
    }
    if (orders.some(({ ends }) => ends)) {
      await device.phase(workload, "completed", SETTLED_WITHIN);
      const ran = await device.shell(`cat ${jobsVersionFile(workload)}`);
      assert.equal(ran, `${expected.version}`, `${workload} ran another version last`);
      continue;
    }
    running.push(workload);
    await device.phase(workload, "running", SETTLED_WITHIN);
    const command = ["sh", "-c", "echo $VERSION"];
    const { exec } = await device.succeed({ kind: "exec", workload, command });
    assert.equal(exec?.stdout.trim(), `${expected.version}`, `${workload} runs another version`);
  }
  const { workloads } = await device.lan.call("getState");
  assert.deepEqual(workloads.map(({ name }) => name).toSorted(), there.toSorted());
  const { containers } = await leftoversOf(device);
  // The one that was started beside another has a name of its own.
  assert.deepEqual(containers.map((name) => name.replace(/\.2$/, "")).toSorted(), running.toSorted());
  const processes = await device.shell("cat /proc/[0-9]*/comm 2>/dev/null | grep -cx sleep || true");
  assert.equal(Number(processes), running.length, "processes of workloads");
}
