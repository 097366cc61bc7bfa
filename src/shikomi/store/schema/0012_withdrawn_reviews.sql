-- A decision may be withdrawn: the pair is then as if nobody had decided on it.

CREATE TABLE reviews_with_withdrawals (
  id INTEGER PRIMARY KEY,
  sample_id TEXT NOT NULL REFERENCES samples(id),
  decision TEXT NOT NULL CHECK (decision IN ('accept', 'reject', 'edit', 'withdraw')),
  question TEXT NOT NULL,            -- the new words of an edit; else ''
  answer TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
INSERT INTO reviews_with_withdrawals SELECT * FROM reviews;
DROP TABLE reviews;
ALTER TABLE reviews_with_withdrawals RENAME TO reviews;
CREATE INDEX reviews_by_sample ON reviews (sample_id, id);
