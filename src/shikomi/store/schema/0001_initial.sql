-- One row per attempt to buy a completion: replay cache, cost ledger and provenance at once.
CREATE TABLE calls (
  id INTEGER PRIMARY KEY,
  request_key TEXT NOT NULL,
  stage TEXT NOT NULL,
  status TEXT NOT NULL CHECK (
    status IN ('pending', 'ok', 'unparsed', 'truncated', 'refused', 'error', 'unknown')),
  model TEXT NOT NULL,
  input_tokens INTEGER,
  cached_tokens INTEGER,
  output_tokens INTEGER,
  reserved_nanousd INTEGER,          -- the worst case, an estimate; NULL: price unknown
  cost_nanousd INTEGER,              -- NULL: price unknown. Never 0 for "we do not know".
  seconds REAL,
  request TEXT NOT NULL,
  response TEXT,                     -- the text that came back, as it came
  error TEXT,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX calls_by_key ON calls (request_key, status);
-- Covers the ledger's report, so that the long texts are never read for a sum.
CREATE INDEX calls_money ON calls (
  stage, model, status, cost_nanousd, reserved_nanousd, input_tokens, cached_tokens, output_tokens);

-- One row: what was spent, and the worst case of what is in flight. Asked before every call.
CREATE TABLE spent (nanousd INTEGER NOT NULL) STRICT;
INSERT INTO spent VALUES (0);
CREATE TRIGGER spent_at_intent AFTER INSERT ON calls BEGIN
  UPDATE spent SET nanousd = nanousd + coalesce(new.cost_nanousd, new.reserved_nanousd, 0);
END;
CREATE TRIGGER spent_at_settlement AFTER UPDATE OF cost_nanousd, reserved_nanousd ON calls BEGIN
  UPDATE spent SET nanousd = nanousd
    + coalesce(new.cost_nanousd, new.reserved_nanousd, 0)
    - coalesce(old.cost_nanousd, old.reserved_nanousd, 0);
END;

-- What each stage has finished, under which settings. Written with its outputs, in one transaction.
CREATE TABLE progress (
  stage TEXT NOT NULL,
  subject TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  error TEXT,                        -- NULL: done; else why it failed
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  PRIMARY KEY (stage, subject, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
