-- Devices as they were enrolled and last heard of.
CREATE TABLE devices (
  name         TEXT PRIMARY KEY,
  enrolled_at  TEXT NOT NULL,
  public_key   TEXT,                           -- pinned when first heard
  sequence     INTEGER NOT NULL DEFAULT 0,     -- of the last order signed for it
  online       INTEGER NOT NULL DEFAULT 0,
  last_seen    TEXT,
  presence     TEXT,                           -- JSON, the last one that said online
  state        TEXT,                           -- JSON, model/state.ts
  problem      TEXT                            -- JSON, model/reason.ts: what it sent that was refused, and the like
) STRICT;

-- Orders as they were signed.
CREATE TABLE orders (
  id          TEXT PRIMARY KEY,
  device      TEXT NOT NULL REFERENCES devices (name) ON DELETE CASCADE,
  sequence    INTEGER NOT NULL,
  issuer      TEXT NOT NULL,
  kind        TEXT NOT NULL,
  workload    TEXT NOT NULL,
  issued_at   TEXT NOT NULL,
  expires_at  TEXT NOT NULL,
  answered    INTEGER NOT NULL DEFAULT 0,      -- 1: the device gave a receipt
  jws         TEXT NOT NULL                    -- JSON, what is published
) STRICT;
CREATE INDEX orders_unanswered ON orders (device, sequence) WHERE answered = 0;

-- Receipts whose signature was right.
CREATE TABLE receipts (
  device    TEXT NOT NULL REFERENCES devices (name) ON DELETE CASCADE,
  sequence  INTEGER NOT NULL,
  order_id  TEXT NOT NULL,
  body      TEXT NOT NULL,                     -- JSON, model/receipt.ts
  PRIMARY KEY (device, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_of_order ON receipts (device, order_id, sequence);

CREATE TABLE events (
  device  TEXT NOT NULL REFERENCES devices (name) ON DELETE CASCADE,
  id      INTEGER NOT NULL,
  body    TEXT NOT NULL,                       -- JSON, model/event.ts
  PRIMARY KEY (device, id)
) STRICT, WITHOUT ROWID;
