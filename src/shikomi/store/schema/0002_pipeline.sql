-- The pipeline's tables, each referring only to those above it. Rows are never changed:
-- an id is a hash of the content, and what is current is said by the `current_*` lists and
-- by fingerprints.

CREATE TABLE sources (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  media_type TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last thing that `convert` itself wrote to a page of docs/: a page whose text differs
-- from it was edited by a person, and is left alone.
CREATE TABLE conversions (
  path TEXT PRIMARY KEY,
  source_id TEXT NOT NULL REFERENCES sources(id),
  fingerprint TEXT NOT NULL,
  output_sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL,
  title TEXT NOT NULL,
  markdown TEXT NOT NULL,
  lang TEXT NOT NULL,
  breadcrumb TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sections (
  id TEXT PRIMARY KEY,
  document_id TEXT NOT NULL REFERENCES documents(id),
  path TEXT NOT NULL,
  headings TEXT NOT NULL,
  start INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  text TEXT NOT NULL,
  lang TEXT NOT NULL,
  capsule TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE current_sections (
  position INTEGER PRIMARY KEY,
  section_id TEXT NOT NULL REFERENCES sections(id)
) STRICT;

CREATE TABLE facts (
  id TEXT PRIMARY KEY,
  section_id TEXT NOT NULL REFERENCES sections(id),
  kind TEXT NOT NULL,
  statement TEXT NOT NULL,
  evidence TEXT NOT NULL,
  start INTEGER NOT NULL,
  "end" INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX facts_by_section ON facts (section_id, start);

-- Held out: never trained on. `fingerprint` says which set a question belongs to.
CREATE TABLE questions (
  fingerprint TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  accept TEXT NOT NULL,
  section TEXT NOT NULL,
  kind TEXT NOT NULL,
  lang TEXT NOT NULL,
  PRIMARY KEY (fingerprint, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE samples (
  id TEXT PRIMARY KEY,
  view TEXT NOT NULL,
  lang TEXT NOT NULL,
  messages TEXT NOT NULL,
  section_ids TEXT NOT NULL,
  fact_ids TEXT NOT NULL,
  call_id INTEGER REFERENCES calls(id)
) STRICT, WITHOUT ROWID;

-- Which batch of which settings gave a sample, and at which place of its reply.
CREATE TABLE sample_origins (
  fingerprint TEXT NOT NULL,
  batch_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  sample_id TEXT NOT NULL REFERENCES samples(id),
  PRIMARY KEY (fingerprint, batch_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE duplicates (
  fingerprint TEXT NOT NULL,
  sample_id TEXT NOT NULL REFERENCES samples(id),
  of_sample_id TEXT NOT NULL REFERENCES samples(id),
  similarity REAL NOT NULL,
  PRIMARY KEY (fingerprint, sample_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sample_scores (
  fingerprint TEXT NOT NULL,
  sample_id TEXT NOT NULL REFERENCES samples(id),
  scorer TEXT NOT NULL,
  value REAL,                        -- NULL: the scorer could not say
  explanation TEXT NOT NULL,
  PRIMARY KEY (fingerprint, sample_id, scorer)
) STRICT, WITHOUT ROWID;

CREATE TABLE datasets (
  id TEXT PRIMARY KEY,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT, WITHOUT ROWID;

CREATE TABLE dataset_items (
  dataset_id TEXT NOT NULL REFERENCES datasets(id),
  position INTEGER NOT NULL,
  sample_id TEXT NOT NULL REFERENCES samples(id),
  split TEXT NOT NULL,
  PRIMARY KEY (dataset_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE finetune_jobs (
  fingerprint TEXT NOT NULL,
  dataset_id TEXT NOT NULL REFERENCES datasets(id),
  id TEXT NOT NULL,                  -- the endpoint's own
  status TEXT NOT NULL,
  fine_tuned_model TEXT,
  error TEXT,
  settings TEXT NOT NULL,            -- what was asked for and what the endpoint chose
  PRIMARY KEY (fingerprint, dataset_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_metrics (
  job_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  loss REAL NOT NULL,
  token_accuracy REAL,
  PRIMARY KEY (job_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE responses (
  id TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  question_id TEXT NOT NULL,
  arm TEXT NOT NULL,
  text TEXT NOT NULL,
  section_ids TEXT NOT NULL,
  call_id INTEGER NOT NULL REFERENCES calls(id)
) STRICT, WITHOUT ROWID;
CREATE INDEX responses_by_arm ON responses (fingerprint, question_id);

CREATE TABLE verdicts (
  response_id TEXT NOT NULL REFERENCES responses(id),
  scorer TEXT NOT NULL,
  value TEXT,                        -- NULL: unscored, never wrong
  explanation TEXT NOT NULL,
  PRIMARY KEY (response_id, scorer)
) STRICT, WITHOUT ROWID;

-- Where the time went: a row each time a stage had something to do.
CREATE TABLE stage_runs (
  id INTEGER PRIMARY KEY,
  stage TEXT NOT NULL,
  seconds REAL NOT NULL,
  done INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
