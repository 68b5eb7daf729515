-- What is remembered of each workload's schedule: what was decided, the run in hand and the last one.
CREATE TABLE schedules (
  workload  TEXT PRIMARY KEY,
  body      TEXT NOT NULL                      -- JSON, schedule/record.ts
) STRICT;
