-- Calls that went to an endpoint together, as a batch: they stay pending until it is collected,
-- however often the run that waits for it ends.

CREATE TABLE batches (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL,                 -- ours, which the endpoint keeps in the batch's metadata
  endpoint TEXT NOT NULL,            -- its identity
  stage TEXT NOT NULL,
  remote_id TEXT,                    -- the endpoint's own; NULL: not known to have been started
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  ended_at TEXT                      -- NULL: not collected yet
) STRICT;

CREATE TABLE batch_calls (
  call_id INTEGER PRIMARY KEY REFERENCES calls(id),
  batch_id INTEGER NOT NULL REFERENCES batches(id)
) STRICT;
CREATE INDEX batch_calls_by_batch ON batch_calls (batch_id);
