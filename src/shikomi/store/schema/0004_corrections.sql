-- What `convert` made a page from, so that a person's corrections can be merged with what it
-- makes later.

-- `fingerprint` is of the page's inputs beside its source; `version` is the converter's.
ALTER TABLE conversions ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
-- The source paths that its links asked for: another page's coming or going changes this one.
ALTER TABLE conversions ADD COLUMN lookups TEXT NOT NULL DEFAULT '[]';
-- 1: its source is gone, the page was edited, and the person has been told that it stays.
ALTER TABLE conversions ADD COLUMN source_gone INTEGER NOT NULL DEFAULT 0;

-- The page as the converter made it last: the base of the next merge. Beside `conversions`,
-- which is read whole at every run.
CREATE TABLE conversion_bases (
  path TEXT PRIMARY KEY,
  markdown TEXT NOT NULL
) STRICT;

-- Places that a person and the converter changed apart. The page has the person's text.
CREATE TABLE conflicts (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('block', 'field')),
  base TEXT NOT NULL,
  machine TEXT NOT NULL,             -- '': the source no longer has it
  person TEXT NOT NULL,              -- '': the person took it out
  above TEXT NOT NULL,               -- the block of the page before the place
  seen INTEGER NOT NULL,             -- how often the page had the machine's text already
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX conflicts_by_path ON conflicts (path);

-- What a source file was found to hold, as long as its size and times are the same.
CREATE TABLE source_files (
  path TEXT PRIMARY KEY,
  stamp TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  anchors TEXT NOT NULL              -- those on other pages that its links go to
) STRICT, WITHOUT ROWID;
