-- Rolling conversations: each question that was asked for, in order. Rows are never changed.
CREATE TABLE attempts (
  fingerprint TEXT NOT NULL,
  conversation TEXT NOT NULL,
  position INTEGER NOT NULL,
  question TEXT NOT NULL,            -- '': the reply could not be used
  reason TEXT NOT NULL,              -- why the question was not kept; '': it was
  call_id INTEGER NOT NULL REFERENCES calls(id),
  PRIMARY KEY (fingerprint, conversation, position)
) STRICT, WITHOUT ROWID;
