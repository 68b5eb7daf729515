-- What waits for the broker, and for a while the receipts it has.
CREATE TABLE outbox (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  kind     TEXT NOT NULL,                       -- receipt, event or problem
  payload  TEXT NOT NULL,                       -- the message as published
  bytes    INTEGER NOT NULL,
  sent     INTEGER NOT NULL DEFAULT 0           -- 1: the broker has it
) STRICT;
CREATE INDEX outbox_by_kind ON outbox (sent, kind, id);

-- How far each of the supervisor's feeds was read.
CREATE TABLE cursors (
  feed      TEXT PRIMARY KEY,                   -- receipts or events
  position  INTEGER NOT NULL
) STRICT;

-- How many were let go because the outbox was full.
CREATE TABLE dropped (
  kind   TEXT PRIMARY KEY,
  count  INTEGER NOT NULL
) STRICT;

-- Until when a workload's log lines are published.
CREATE TABLE log_leases (
  workload  TEXT PRIMARY KEY,
  until     TEXT NOT NULL
) STRICT;
