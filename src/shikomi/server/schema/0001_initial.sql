CREATE TABLE files (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    purpose    TEXT NOT NULL,
    filename   TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT,
    id               TEXT NOT NULL UNIQUE,
    created_at       INTEGER NOT NULL,
    finished_at      INTEGER,
    model            TEXT NOT NULL,
    base             TEXT NOT NULL,
    suffix           TEXT,
    seed             INTEGER NOT NULL,
    status           TEXT NOT NULL,
    training_file    TEXT NOT NULL,
    validation_file  TEXT,
    requested        TEXT NOT NULL,
    chosen           TEXT,
    metadata         TEXT,
    n_examples       INTEGER,
    trained_tokens   INTEGER,
    estimated_finish INTEGER,
    fine_tuned_model TEXT,
    result_file      TEXT,
    error            TEXT,
    events_read      INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE events (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    job_id     TEXT NOT NULL REFERENCES jobs (id),
    created_at INTEGER NOT NULL,
    level      TEXT NOT NULL,
    type       TEXT NOT NULL,
    message    TEXT NOT NULL,
    data       TEXT NOT NULL
) STRICT;

CREATE INDEX events_by_job ON events (job_id, seq);

CREATE TABLE models (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE,
    job_id         TEXT NOT NULL REFERENCES jobs (id),
    created_at     INTEGER NOT NULL,
    base           TEXT NOT NULL,
    base_sha256    TEXT NOT NULL,
    adapter_sha256 TEXT NOT NULL
) STRICT;

CREATE TABLE keys (
    sha256     TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;
