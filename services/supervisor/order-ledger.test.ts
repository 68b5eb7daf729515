import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type Database, openDatabase } from "../host/database.ts";
import { Workload } from "../model/workload.ts";
import { FakeImages, FakeWorkloads } from "./fixtures/fakes.ts";
import { Journal } from "./journal/journal.ts";
import { MIGRATIONS } from "./migrations.ts";
import { Observer } from "./observer.ts";
import { OrderLedger } from "./order-ledger.ts";
import { Recorder } from "./recorder.ts";

let directory: string;
let database: Database;
let journal: Journal;
let ledger: OrderLedger;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-ledger-"));
  database = openDatabase(join(directory, "state.db"), MIGRATIONS);
  journal = new Journal(database, { device: "demo", clock: { now: () => new Date() } });
  const recorder = new Recorder(journal, assert.ifError);
  const observer = new Observer({ workloads: new FakeWorkloads(), recorder });
  const removeVolumes = async () => undefined;
  ledger = new OrderLedger("web", { journal, images: new FakeImages(), observer, recorder, removeVolumes });
});

afterEach(() => {
  ledger.drop();
  database.close();
  rmSync(directory, { recursive: true });
});

function accept(id: string): void {
  const manifest = Workload.parse({ name: "web", image: "registry.example/web:1" });
  const action = { kind: "apply", manifest } as const;
  const outcome = { manifest, run: "running" } as const;
  journal.accept({ id, origin: "lan", issuer: "me", action, outcome, signature: undefined });
}

function takeUp() {
  const order = ledger.inHand();
  assert.ok(order);
  return { order, progress: ledger.takeUp(order) };
}

const statuses = (id: string) => journal.receiptsAfter(0, 100).flatMap((one) => (one.order === id ? [one.status] : []));

test("an order's first step does not wait until the journal knows that it runs", async () => {
  accept("one");
  takeUp();
  assert.deepEqual(statuses("one"), ["accepted"]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual(statuses("one"), ["accepted", "running"]);
});

test("one that ends at once ran all the same", async () => {
  accept("one");
  const { order, progress } = takeUp();
  await ledger.end(order, progress);
  accept("two");
  const second = takeUp();
  ledger.fail(second.order, second.progress, { code: "start-failed", message: "no" });
  assert.deepEqual(statuses("one"), ["accepted", "running", "succeeded"]);
  assert.deepEqual(statuses("two"), ["accepted", "running", "failed"]);
});

test("one that was cancelled meanwhile does not run", () => {
  accept("one");
  takeUp();
  journal.advance("one", { status: "cancelled" });
  ledger.tell();
  assert.deepEqual(statuses("one"), ["accepted", "cancelled"]);
});
