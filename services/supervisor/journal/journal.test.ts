import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type Database, openDatabase } from "../../host/database.ts";
import type { Action } from "../../model/action.ts";
import { Workload } from "../../model/workload.ts";
import { MIGRATIONS } from "../migrations.ts";
import type { Acceptance } from "./entries.ts";
import { Journal } from "./journal.ts";

const clock = { now: () => new Date("2026-01-01T00:00:00Z") };
const manifest = Workload.parse({ name: "web", image: "nginx" });

let directory: string;
let path: string;
let database: Database;
let journal: Journal;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-journal-"));
  path = join(directory, "state.db");
  database = openDatabase(path, MIGRATIONS);
  journal = new Journal(database, { device: "demo", clock });
});

afterEach(() => {
  database.close();
  rmSync(directory, { recursive: true });
});

function apply(id: string): Acceptance {
  const action: Action = { kind: "apply", manifest };
  return { id, origin: "fleet", issuer: "alice", action, outcome: { manifest, run: "running" }, signature: undefined };
}

test("an order delivered twice is in the journal once", () => {
  const first = journal.accept(apply("order-one"));
  const second = journal.accept(apply("order-one"));
  assert.deepEqual(second, first);
  assert.equal(journal.unfinished().length, 1);
});

test("a newer order for the same workload supersedes the unfinished one", () => {
  journal.accept(apply("order-one"));
  journal.accept(apply("order-two"));
  assert.deepEqual(
    journal.unfinished().map(({ id }) => id),
    ["order-two"],
  );
  const receipt = journal.newestReceipt("order-one");
  assert.equal(receipt?.status, "superseded");
  assert.match(receipt?.reason?.message ?? "", /order-two/);
});

test("desired state changes only with the end of the order", () => {
  journal.accept(apply("order-one"));
  journal.advance("order-one", { status: "running" });
  assert.equal(journal.desired().size, 0);
  journal.advance("order-one", { status: "succeeded" }, { manifest, run: "running" });
  assert.equal(journal.desired().get("web")?.order, "order-one");
  assert.equal(journal.desired().get("web")?.issuer, "alice");
});

test("an order that has ended stays as it ended", () => {
  journal.accept(apply("order-one"));
  journal.advance("order-one", { status: "failed", reason: { code: "x", message: "x" } });
  assert.equal(journal.advance("order-one", { status: "succeeded" }, "removed"), undefined);
  assert.equal(journal.newestReceipt("order-one")?.status, "failed");
});

test("a refused order neither takes an id nor speaks for the order that has it", () => {
  const refusal = {
    origin: "fleet",
    issuer: "mallory",
    verified: false,
    action: undefined,
    status: "rejected",
  } as const;
  const reason = { code: "signature-invalid", message: "no" };
  journal.refuse({ ...refusal, id: "order-one", reason });
  assert.equal(journal.accept(apply("order-one")).status, "accepted");
  journal.refuse({ ...refusal, id: "order-one", reason });
  assert.equal(journal.newestReceipt("order-one")?.status, "accepted");
});

test("receipts and events are read after a cursor, in order", () => {
  journal.accept(apply("order-one"));
  journal.advance("order-one", { status: "running" });
  const [first, second] = journal.receiptsAfter(0, 10);
  assert.deepEqual([first?.status, second?.status], ["accepted", "running"]);
  assert.deepEqual(
    journal.receiptsAfter(first?.sequence ?? 0, 10).map(({ status }) => status),
    ["running"],
  );
  for (const message of ["a", "b", "c"]) journal.recordEvent({ kind: "workload-started", message });
  assert.deepEqual(
    journal.newestEvents(0, 2).map(({ message }) => message),
    ["b", "c"],
  );
  const all = journal.eventsAfter(0, 10);
  assert.deepEqual(
    all.map(({ kind }) => kind),
    ["order-accepted", "order-running", "workload-started", "workload-started", "workload-started"],
  );
  assert.deepEqual(
    journal.eventsAfter(all[2]?.id ?? 0, 10).map(({ message }) => message),
    ["b", "c"],
  );
});

test("an order that ends because of another is an event as well", () => {
  journal.accept(apply("order-one"));
  journal.accept(apply("order-two"));
  assert.deepEqual(
    journal.eventsAfter(0, 10).map(({ kind, order }) => [kind, order]),
    [
      ["order-accepted", "order-one"],
      ["order-superseded", "order-one"],
      ["order-accepted", "order-two"],
    ],
  );
});

test("ended orders are let go in the end, unfinished ones never", () => {
  journal = new Journal(database, { device: "demo", clock, retention: { endedOrders: 10, refusals: 10, events: 10 } });
  journal.accept(apply("order-kept"));
  for (let number = 0; number < 20; number++) {
    const id = `restart-${String(number).padStart(2, "0")}`;
    const action: Action = { kind: "restart", workload: "web" };
    journal.accept({ ...apply(id), action, outcome: undefined });
    journal.advance(id, { status: "succeeded" });
  }
  assert.equal(journal.order("restart-00"), undefined);
  assert.equal(journal.newestReceipt("restart-00"), undefined);
  assert.notEqual(journal.order("restart-19"), undefined);
  assert.equal(journal.order("order-kept")?.status, "accepted");
});

test("killed while it writes an order, the journal holds every acknowledged order and nothing of the other", () => {
  const killed = join(directory, "killed.db");
  const child = spawnSync(process.execPath, [join(import.meta.dirname, "../fixtures/die-while-accepting.ts"), killed]);
  assert.equal(child.signal, "SIGKILL", child.stderr.toString());
  assert.equal(child.stdout.toString(), "first-order\nsecond-order\n");
  const reopened = openDatabase(killed, MIGRATIONS);
  const after = new Journal(reopened, { device: "demo", clock });
  assert.deepEqual(
    after.unfinished().map(({ id }) => id),
    ["first-order", "second-order"],
  );
  assert.deepEqual(
    after.receiptsAfter(0, 10).map(({ order }) => order),
    ["first-order", "second-order"],
  );
  assert.equal(after.lastSequence("key"), "second-order".length);
  reopened.close();
});
