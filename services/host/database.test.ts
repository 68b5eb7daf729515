import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { ReasonError } from "../model/reason.ts";
import { openDatabase } from "./database.ts";
import { jsonColumn } from "./json-column.ts";
import type { Migration } from "./migrations.ts";

const NOTES: Migration = {
  version: 1,
  name: "0001-notes",
  sql: `CREATE TABLE topic (name TEXT PRIMARY KEY) STRICT;
        CREATE TABLE note (id INTEGER PRIMARY KEY, topic TEXT REFERENCES topic (name), text TEXT NOT NULL) STRICT;`,
};
const STARS: Migration = { version: 2, name: "0002-stars", sql: "ALTER TABLE note ADD COLUMN stars INTEGER DEFAULT 3" };
const Count = z.object({ count: z.int() });
const Note = z.object({ id: z.int(), text: z.string() });

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-database-"));
  path = join(folder, "state.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function reasonFor(work: () => unknown): ReasonError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ReasonError, `expected a ReasonError, not ${error}`);
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

/** A database of some hundred pages, closed. */
function fill(): void {
  const database = openDatabase(path, [NOTES]);
  database.transaction(() => {
    for (let id = 1; id <= 500; id++)
      database.run("INSERT INTO note (id, text) VALUES ($id, $text)", { id, text: "x".repeat(900) });
  });
  database.close();
}

describe("openDatabase", () => {
  test("makes a private file, keeps rows, and syncs each commit", () => {
    const database = openDatabase(path, [NOTES]);
    database.run("INSERT INTO note (text) VALUES ($text)", { text: "kept" });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600);
    assert.deepEqual(database.get(z.object({ synchronous: z.int() }), "PRAGMA synchronous"), { synchronous: 2 });
    assert.deepEqual(database.get(z.object({ journal_mode: z.string() }), "PRAGMA journal_mode"), {
      journal_mode: "wal",
    });
    database.close();
    assert.equal(existsSync(`${path}-wal`), false);
    const again = openDatabase(path, [NOTES]);
    assert.deepEqual(again.all(Note, "SELECT id, text FROM note"), [{ id: 1, text: "kept" }]);
    again.close();
  });

  test("runs only the migrations the file lacks, and undoes one that fails", () => {
    openDatabase(path, [NOTES]).close();
    const broken = {
      version: 2,
      name: "0002-broken",
      sql: "CREATE TABLE half (a INTEGER) STRICT; INSERT INTO nowhere VALUES (1)",
    };
    assert.throws(
      () => openDatabase(path, [NOTES, broken]),
      /0002-broken of .*state\.db failed: no such table: nowhere/,
    );
    const database = openDatabase(path, [NOTES, STARS]);
    database.run("INSERT INTO note (text) VALUES ('a')");
    assert.deepEqual(database.get(z.object({ stars: z.int() }), "SELECT stars FROM note"), { stars: 3 });
    assert.equal(database.get(Count, "SELECT count(*) AS count FROM sqlite_schema WHERE name = 'half'")?.count, 0);
    database.close();
  });

  test("refuses misnumbered migrations before it touches anything", () => {
    assert.throws(() => openDatabase(path, [STARS]), /0002-stars has version 2; expected 1/);
    assert.equal(existsSync(path), false);
  });

  test("refuses a database of a newer version and says which it can read", () => {
    openDatabase(path, [NOTES, STARS]).close();
    const before = readFileSync(path);
    const { reason } = reasonFor(() => openDatabase(path, [NOTES]));
    assert.deepEqual(
      [reason.code, reason.field, reason.value, reason.allowed],
      ["database-too-new", path, 2, "schema 1 or older"],
    );
    assert.deepEqual(readFileSync(path), before);
  });

  const damages: Record<string, (file: string) => void> = {
    "bytes overwritten in the middle": (file) => {
      writeSync(openSync(file, "r+"), Buffer.alloc(8192, 0xa5), 0, 8192, Math.floor(statSync(file).size / 2));
    },
    "zeros in the middle": (file) => {
      writeSync(openSync(file, "r+"), Buffer.alloc(4096), 0, 4096, Math.floor(statSync(file).size / 2 / 4096) * 4096);
    },
    "the second half cut off": (file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
    "everything cut off": (file) => truncateSync(file, 0),
    "another file in its place": (file) => writeFileSync(file, "no database\n".repeat(100)),
  };
  for (const [name, damage] of Object.entries(damages)) {
    test(`finds ${name} and leaves the file as it is`, () => {
      fill();
      damage(path);
      const before = readFileSync(path);
      const { reason } = reasonFor(() => openDatabase(path, [NOTES, STARS]));
      assert.equal(reason.code, "database-corrupt");
      assert.ok(reason.message.includes(path), reason.message);
      assert.deepEqual(readFileSync(path), before);
    });
  }

  test("does not begin anew where the file is gone but its log is left", () => {
    const database = openDatabase(path, [NOTES]);
    database.run("INSERT INTO note (text) VALUES ('in the log')");
    rmSync(path);
    assert.equal(reasonFor(() => openDatabase(path, [NOTES])).reason.code, "database-corrupt");
    assert.ok(statSync(`${path}-wal`).size > 0);
    database.close();
  });

  test("finishes a creation that was cut short", () => {
    writeFileSync(`${path}.new`, "torn");
    const database = openDatabase(path, [NOTES]);
    assert.equal(database.get(Count, "SELECT count(*) AS count FROM note")?.count, 0);
    assert.equal(existsSync(`${path}.new`), false);
    database.close();
  });

  test("every acknowledged transaction, and no half of one, outlives SIGKILL", async () => {
    const fixture = fileURLToPath(new URL("./fixtures/insert-forever.ts", import.meta.url));
    let acknowledged = 0;
    for (const rounds of [50, 200]) {
      rmSync(path, { force: true });
      const child = spawn(process.execPath, [fixture, path], { stdio: ["ignore", "pipe", "inherit"] });
      const exited = once(child, "exit");
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged = Number(line);
        if (acknowledged === rounds) child.kill("SIGKILL");
      }
      await exited;
      const database = openDatabase(path, [NOTES]);
      const found = database.all(
        z.object({ number: z.int(), halves: z.int() }),
        "SELECT number, count(*) AS halves FROM pair GROUP BY number ORDER BY number",
      );
      assert.ok(acknowledged >= rounds);
      assert.ok(found.length >= acknowledged, `${found.length} of ${acknowledged} acknowledged transactions are there`);
      assert.deepEqual(
        found,
        found.map((_, index) => ({ number: index + 1, halves: 2 })),
      );
      database.close();
    }
  });
});

describe("Database", () => {
  test("a transaction that throws leaves nothing, one inside another undoes only itself", () => {
    const database = openDatabase(path, [NOTES]);
    const insert = (text: string) => database.run("INSERT INTO note (text) VALUES ($text)", { text });
    assert.throws(() =>
      database.transaction(() => {
        insert("lost");
        throw new RangeError("changed my mind");
      }),
    );
    const given = database.transaction(() => {
      insert("outer");
      assert.throws(() =>
        database.transaction(() => {
          insert("inner");
          throw new RangeError("only this");
        }),
      );
      return "given";
    });
    assert.equal(given, "given");
    assert.deepEqual(
      database.all(Note, "SELECT id, text FROM note").map(({ text }) => text),
      ["outer"],
    );
    database.close();
  });

  test("refuses asynchronous work in a transaction", () => {
    const database = openDatabase(path, [NOTES]);
    const work: () => unknown = () => {
      database.run("INSERT INTO note (text) VALUES ('early')");
      return Promise.resolve();
    };
    assert.throws(() => database.transaction(work), /asynchronous/);
    assert.equal(database.get(Count, "SELECT count(*) AS count FROM note")?.count, 0);
    database.close();
  });

  test("checks rows, parameters, types and references", () => {
    const database = openDatabase(path, [NOTES]);
    database.run("INSERT INTO note (id, text) VALUES ($id, $text)", { id: 1, text: '{"a":1}' });
    assert.throws(() => database.get(z.object({ text: z.int() }), "SELECT text FROM note"), /expected number/);
    assert.throws(() => database.run("INSERT INTO note (text) VALUES ($text)", { txt: "x" }), /text/);
    assert.throws(() => database.run("INSERT INTO note (id, text) VALUES ('x', 'y')"), /datatype mismatch/);
    assert.throws(() => database.run("INSERT INTO note (topic, text) VALUES ('none', 'y')"), /FOREIGN KEY/);
    assert.equal(database.get(Note, "SELECT id, text FROM note WHERE id = 7"), undefined);
    const row = z.object({ text: jsonColumn(z.object({ a: z.int() })) });
    assert.deepEqual(database.get(row, "SELECT text FROM note"), { text: { a: 1 } });
    assert.deepEqual(database.run("DELETE FROM note WHERE id = 1").changes, 1);
    database.close();
  });

  test("says so when another connection keeps the lock", () => {
    const holder = openDatabase(path, [NOTES]);
    const other = openDatabase(path, [NOTES], { busyTimeout: 0 });
    holder.transaction(() => {
      holder.run("INSERT INTO note (text) VALUES ('held')");
      const error = reasonFor(() => other.run("INSERT INTO note (text) VALUES ('blocked')"));
      assert.deepEqual([error.reason.code, error.transient], ["database-busy", true]);
    });
    other.close();
    holder.close();
  });

  test("the probe writes to the disk and changes nothing", () => {
    const database = openDatabase(path, [NOTES]);
    const before = statSync(`${path}-wal`).size;
    database.probe();
    assert.ok(statSync(`${path}-wal`).size > before);
    database.close();
    openDatabase(path, [NOTES]).close();
  });

  test("the probe fails while the database cannot be written", () => {
    const holder = openDatabase(path, [NOTES]);
    const other = openDatabase(path, [NOTES], { busyTimeout: 0 });
    holder.transaction(() => {
      holder.run("INSERT INTO note (text) VALUES ('held')");
      assert.equal(reasonFor(() => other.probe()).reason.code, "database-busy");
    });
    other.close();
    holder.close();
  });
});
