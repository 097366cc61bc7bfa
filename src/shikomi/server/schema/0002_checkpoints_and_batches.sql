ALTER TABLE files ADD COLUMN expires_at INTEGER;

ALTER TABLE jobs ADD COLUMN method TEXT NOT NULL DEFAULT 'supervised';

-- A model is a job's result, or (is_final = 0) one of its checkpoints. `adapter` is the stem of
-- its file; `step` is NULL where it is the job's last.
ALTER TABLE models ADD COLUMN adapter TEXT NOT NULL DEFAULT '';
ALTER TABLE models ADD COLUMN step INTEGER;
ALTER TABLE models ADD COLUMN is_final INTEGER NOT NULL DEFAULT 1;
UPDATE models SET adapter = job_id;

CREATE INDEX models_by_job ON models (job_id, seq);

-- `object` is the batch as the API shows it, in JSON; `status` is also in it.
CREATE TABLE batches (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    status          TEXT NOT NULL,
    input_file_id   TEXT NOT NULL,
    expires_seconds INTEGER,
    object          TEXT NOT NULL
) STRICT;

-- Answers of a batch that has not ended yet.
CREATE TABLE batch_lines (
    batch_id TEXT NOT NULL REFERENCES batches (id),
    line     INTEGER NOT NULL,
    is_error INTEGER NOT NULL,
    text     TEXT NOT NULL,
    PRIMARY KEY (batch_id, line)
) STRICT;
