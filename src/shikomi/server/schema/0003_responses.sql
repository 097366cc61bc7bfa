-- Responses that can be gone on from. `object` is the response as it was answered, `items` the
-- conversation that it answers, both in JSON, and `bytes` the length of the two.
CREATE TABLE responses (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    object     TEXT NOT NULL,
    items      TEXT NOT NULL
) STRICT;
