import assert from "node:assert/strict";
import { test } from "node:test";
import { ReasonError } from "../model/reason.ts";
import type { Progress, Receipt } from "../model/receipt.ts";
import { followOrder, type OrderSource } from "./follow-order.ts";

const NEVER = new AbortController().signal;

function receipt(sequence: number, status: Receipt["status"], order = "order-0001"): Receipt {
  return {
    sequence,
    order,
    device: "demo",
    status,
    at: "2026-01-01T00:00:00Z",
    origin: "lan",
    issuer: "somebody",
    verified: true,
  };
}

/** A device whose receipts' stream gives one part a connection, then breaks. */
function device(connections: (Receipt | Error)[][], asked: number[], progress: Progress[] = []): OrderSource {
  let connection = 0;
  return {
    async *receipts(after) {
      asked.push(after);
      for (const item of connections[connection++] ?? []) {
        if (item instanceof Error) throw item;
        yield item;
      }
    },
    async *progress(signal) {
      yield* progress;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  };
}

async function follow(source: OrderSource, first: Receipt, signal = NEVER): Promise<string[]> {
  const heard: string[] = [];
  for await (const news of followOrder(source, first, signal)) {
    heard.push(news.kind === "receipt" ? news.receipt.status : news.kind);
  }
  return heard;
}

test("receipts of other orders are passed over, and the final one ends it", async () => {
  const asked: number[] = [];
  const connection = [receipt(8, "running"), receipt(9, "failed", "order-0002"), receipt(10, "succeeded")];
  assert.deepEqual(await follow(device([connection], asked), receipt(7, "accepted")), [
    "accepted",
    "running",
    "succeeded",
  ]);
  assert.deepEqual(asked, [7]);
});

test("a broken connection is taken up again where it ended, and no receipt comes twice", async () => {
  const asked: number[] = [];
  const lost = new ReasonError({ code: "unreachable", message: "gone" }, { transient: true });
  const api = device([[receipt(8, "running"), lost], [receipt(9, "succeeded")]], asked);
  assert.deepEqual(await follow(api, receipt(7, "accepted")), ["accepted", "running", "lost", "succeeded"]);
  assert.deepEqual(asked, [7, 8]);
});

test("a refusal is not tried again", async () => {
  const refused = new ReasonError({ code: "unauthorized", message: "no" });
  await assert.rejects(follow(device([[refused]], []), receipt(7, "accepted")), /no/);
});

test("an order that has ended is not followed at all", async () => {
  const asked: number[] = [];
  assert.deepEqual(await follow(device([], asked), receipt(7, "rejected")), ["rejected"]);
  assert.deepEqual(asked, []);
});

test("whoever interrupts it is let go", async () => {
  const interruption = new AbortController();
  const silent: OrderSource = {
    async *receipts(_after, signal) {
      queueMicrotask(() => interruption.abort());
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
    async *progress() {},
  };
  const heard: string[] = [];
  for await (const news of followOrder(silent, receipt(7, "accepted"), interruption.signal)) heard.push(news.kind);
  assert.deepEqual(heard, ["receipt"]);
});

test("progress of the order is heard between its receipts", async () => {
  const progress = { order: "order-0001", workload: "web", step: "pull", message: "", done: 1 };
  const api = device(
    [[receipt(8, "running"), receipt(9, "succeeded")]],
    [],
    [progress, { ...progress, order: "other" }],
  );
  const heard = await follow(api, receipt(7, "accepted"));
  assert.deepEqual(
    heard.filter((kind) => kind === "progress"),
    ["progress"],
  );
});
