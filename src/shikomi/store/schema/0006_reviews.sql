-- What people decided about pairs. Rows are only added; the last one of a pair holds.

CREATE TABLE reviews (
  id INTEGER PRIMARY KEY,
  sample_id TEXT NOT NULL REFERENCES samples(id),
  decision TEXT NOT NULL CHECK (decision IN ('accept', 'reject', 'edit')),
  question TEXT NOT NULL,            -- the new words of an edit; else ''
  answer TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX reviews_by_sample ON reviews (sample_id, id);
