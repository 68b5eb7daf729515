-- Orders as they were accepted, and where each stands.
CREATE TABLE orders (
  id           TEXT PRIMARY KEY,
  number       INTEGER NOT NULL UNIQUE,        -- order of acceptance
  origin       TEXT NOT NULL,
  issuer       TEXT NOT NULL,
  key_id       TEXT,                           -- NULL for an unsigned order
  sequence     INTEGER,
  workload     TEXT NOT NULL,
  kind         TEXT NOT NULL,
  action       TEXT NOT NULL,                  -- JSON, model/action.ts
  target       TEXT,                           -- JSON, what the workload shall be; NULL for an act
  status       TEXT NOT NULL,
  accepted_at  TEXT NOT NULL
) STRICT;
CREATE INDEX orders_unfinished ON orders (workload, number) WHERE status IN ('accepted', 'running');

-- Every change of an order's status. The sequence is what followers resume from.
CREATE TABLE receipts (
  sequence  INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id  TEXT NOT NULL,
  body      TEXT NOT NULL                      -- JSON, model/receipt.ts without its sequence
) STRICT;
CREATE INDEX receipts_of_order ON receipts (order_id, sequence);

-- The highest sequence accepted from each signing key: what is not above it is a replay.
CREATE TABLE issuers (
  key_id         TEXT PRIMARY KEY,
  last_sequence  INTEGER NOT NULL
) STRICT;

-- What the device keeps running: only what was reached, so that a failed order never replaces what worked.
CREATE TABLE desired (
  workload    TEXT PRIMARY KEY,
  target      TEXT NOT NULL,                   -- JSON, target.ts
  order_id    TEXT NOT NULL,
  issuer      TEXT NOT NULL,
  updated_at  TEXT NOT NULL
) STRICT;

CREATE TABLE events (
  id    INTEGER PRIMARY KEY AUTOINCREMENT,
  body  TEXT NOT NULL                          -- JSON, model/event.ts without its id
) STRICT;

-- Counters that must not go back over a restart.
CREATE TABLE counters (
  name   TEXT PRIMARY KEY,
  value  INTEGER NOT NULL
) STRICT;
