import { SQLiteError, type SQLQueryBindings, Database as Sqlite, type Statement } from "bun:sqlite";
import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { z } from "zod";
import { ReasonError } from "../model/reason.ts";
import { checkMigrations, type Migration } from "./migrations.ts";

/** What a column holds. */
type Value = string | number | bigint | boolean | null | Uint8Array;

/** Values by the names they have in the statement, there with `$` before them. */
type Parameters = Readonly<Record<string, Value>>;

/**
 * A database whose commits are on disk when the call returns. SQL texts are constants of the program: each is compiled
 * once and kept. Calls block; failures of SQLite come as its own errors but for these, thrown as `ReasonError`:
 * database-corrupt, database-unusable, disk-full (transient) and database-busy (transient).
 */
export interface Database {
  readonly path: string;
  /** Every row of a query, parsed by `row`. */
  all<S extends z.ZodType>(row: S, sql: string, parameters?: Parameters): z.output<S>[];
  /** The first row of a query, parsed by `row`. */
  get<S extends z.ZodType>(row: S, sql: string, parameters?: Parameters): z.output<S> | undefined;
  /** Executes one statement; outside of {@link transaction} it is a transaction of its own. */
  run(sql: string, parameters?: Parameters): { changes: number; lastInsertRowid: number };
  /** Commits what `work` did, or nothing if it throws. Inside another one it is a part that can fail alone. */
  transaction<T>(work: () => T extends PromiseLike<unknown> ? never : T): T;
  /** Writes one page to the disk and waits for it: shows that the database works. Changes nothing. */
  probe(): void;
  /** Folds the write-ahead log into the file. The database must not be used after it. */
  close(): void;
}

/** How a database is opened. */
export interface DatabaseOptions {
  /** How long a statement waits for another process's lock, in milliseconds. */
  readonly busyTimeout?: number;
}

/**
 * Opens the database at `path` and brings it to the newest of `migrations`, each in a transaction; makes it (mode 0600)
 * if there is none. Throws a `ReasonError` that names the file, and changes no byte of it, when it cannot be used:
 * database-corrupt (not SQLite, cut off, damaged, or lost beside its own log) or database-too-new (made by a newer
 * version). Damage within the text of a column goes unseen: SQLite keeps no checksums.
 * Source: https://sqlite.org/pragma.html#pragma_quick_check, https://sqlite.org/wal.html
 */
export function openDatabase(path: string, migrations: readonly Migration[], options: DatabaseOptions = {}): Database {
  checkMigrations(migrations);
  if (existsSync(path)) inspect(path, migrations.length);
  else create(path, migrations);
  chmodSync(path, 0o600);
  const sqlite = connect(path, options.busyTimeout ?? 5000);
  try {
    migrate(sqlite, path, migrations);
  } catch (error) {
    sqlite.close(true);
    throw error;
  }
  return wrap(sqlite, path);
}

/** Looks at a file through a connection that cannot write to it. */
function inspect(path: string, newest: number): void {
  let version: number;
  try {
    const sqlite = new Sqlite(path, { readonly: true, strict: true });
    try {
      sqlite.run("PRAGMA cell_size_check = ON");
      const findings = column(sqlite, "PRAGMA quick_check(5)");
      if (findings[0] !== "ok") throw corrupt(path, findings.join("; "));
      version = Number(column(sqlite, "PRAGMA user_version")[0]);
    } finally {
      sqlite.close(true);
    }
  } catch (error) {
    throw translate(error, path);
  }
  // A database is only ever given its name whole: one without a schema was cut off.
  if (version === 0) throw corrupt(path, "it is empty");
  if (version > newest) {
    throw new ReasonError({
      code: "database-too-new",
      message: `${path} was written by a newer version of Berth (schema ${version}); nothing was changed`,
      field: path,
      value: version,
      allowed: `schema ${newest} or older`,
    });
  }
}

/** Makes the database under another name and renames it, so that a crash never leaves half of one at `path`. */
function create(path: string, migrations: readonly Migration[]): void {
  if (existsSync(`${path}-wal`)) throw corrupt(path, "the file is gone but its write-ahead log is there");
  const draft = `${path}.new`;
  for (const suffix of ["", "-wal", "-shm"]) rmSync(draft + suffix, { force: true });
  closeSync(openSync(draft, "wx", 0o600));
  const sqlite = connect(draft, 0);
  try {
    migrate(sqlite, draft, migrations);
  } finally {
    sqlite.close(true);
  }
  sync(draft);
  renameSync(draft, path);
  sync(dirname(path));
}

function connect(path: string, busyTimeout: number): Sqlite {
  const sqlite = new Sqlite(path, { readwrite: true, create: false, strict: true });
  sqlite.run(`PRAGMA busy_timeout = ${Math.trunc(busyTimeout)}`);
  sqlite.run("PRAGMA journal_mode = WAL");
  sqlite.run("PRAGMA synchronous = FULL");
  sqlite.run("PRAGMA foreign_keys = ON");
  sqlite.run("PRAGMA trusted_schema = OFF");
  sqlite.run("PRAGMA cell_size_check = ON");
  // The log is cut back to this after a large transaction.
  sqlite.run(`PRAGMA journal_size_limit = ${4 * 1024 * 1024}`);
  return sqlite;
}

function migrate(sqlite: Sqlite, path: string, migrations: readonly Migration[]): void {
  const version = Number(column(sqlite, "PRAGMA user_version")[0]);
  for (const migration of migrations.slice(version)) {
    try {
      sqlite
        .transaction(() => {
          sqlite.run(migration.sql);
          sqlite.run(`PRAGMA user_version = ${migration.version}`);
        })
        .immediate();
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const translated = translate(cause, path);
      if (translated instanceof ReasonError) throw translated;
      throw new Error(`migration ${migration.name} of ${path} failed: ${message}`, { cause });
    }
  }
}

function wrap(sqlite: Sqlite, path: string): Database {
  const statements = new Map<string, Statement<unknown, SQLQueryBindings[]>>();
  const prepare = (sql: string) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = sqlite.prepare<unknown, SQLQueryBindings[]>(sql);
    statements.set(sql, statement);
    return statement;
  };
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw translate(error, path);
    }
  };
  return {
    path,
    all: (row, sql, parameters) =>
      attempt(() => prepare(sql).all(...bindings(parameters))).map((found) => row.parse(found)),
    get: (row, sql, parameters) => {
      const found = attempt(() => prepare(sql).get(...bindings(parameters)));
      return found === null || found === undefined ? undefined : row.parse(found);
    },
    run: (sql, parameters) => {
      const { changes, lastInsertRowid } = attempt(() => prepare(sql).run(...bindings(parameters)));
      return { changes, lastInsertRowid: Number(lastInsertRowid) };
    },
    transaction: (work) =>
      attempt(() =>
        sqlite
          .transaction(() => {
            const result = work();
            if (isThenable(result)) throw new TypeError("a transaction's work must not be asynchronous");
            return result;
          })
          .immediate(),
      ),
    probe: () => {
      attempt(() =>
        sqlite
          .transaction(() => {
            const version = Number(column(sqlite, "PRAGMA user_version")[0]);
            sqlite.run(`PRAGMA user_version = ${version}`);
          })
          .immediate(),
      );
    },
    close: () => {
      statements.clear();
      sqlite.close(true);
    },
  };
}

function bindings(parameters: Parameters | undefined): SQLQueryBindings[] {
  return parameters === undefined || Object.keys(parameters).length === 0 ? [] : [{ ...parameters }];
}

function column(sqlite: Sqlite, sql: string): unknown[] {
  const statement = sqlite.prepare<unknown, []>(sql);
  try {
    return statement.values().map((row) => row[0]);
  } finally {
    statement.finalize();
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function translate(error: unknown, path: string): unknown {
  if (!(error instanceof SQLiteError)) return error;
  const code = error.code ?? "";
  if (code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT")) return corrupt(path, error.message, error);
  if (code === "SQLITE_FULL") {
    const reason = { code: "disk-full", message: `no space left to write ${path}`, field: path };
    return new ReasonError(reason, { cause: error, transient: true });
  }
  if (code.startsWith("SQLITE_BUSY")) {
    const reason = { code: "database-busy", message: `another process keeps ${path} locked`, field: path };
    return new ReasonError(reason, { cause: error, transient: true });
  }
  if (/^SQLITE_(CANTOPEN|IOERR|READONLY|PERM)/.test(code)) {
    const reason = { code: "database-unusable", message: `${path} cannot be used: ${error.message}`, field: path };
    return new ReasonError(reason, { cause: error });
  }
  return error;
}

function corrupt(path: string, finding: string, cause?: unknown): ReasonError {
  const message = `${path} is damaged (${finding}); it was left as it is`;
  return new ReasonError(
    { code: "database-corrupt", message, field: path, allowed: "an intact database, or none for a new one" },
    { cause },
  );
}

function sync(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
