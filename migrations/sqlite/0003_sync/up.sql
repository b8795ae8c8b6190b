-- What the history says beside who and when: the writer's words, and whose members it took over on purpose.
ALTER TABLE changes ADD COLUMN comment TEXT;
ALTER TABLE changes ADD COLUMN overrode TEXT;
CREATE INDEX changes_by_kind ON changes (kind, seq);

-- The number before the first change: a restored registry counts on from far above the old one.
ALTER TABLE feed_head ADD COLUMN base INTEGER NOT NULL DEFAULT 0;

-- Answers to requests with an `Idempotency-Key`, kept for a week and given again.
CREATE TABLE answers (
    key_id      TEXT    NOT NULL REFERENCES keys (id),
    token       TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    status      INTEGER NOT NULL,
    headers     TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    record_id   BLOB    REFERENCES records (id),
    at          INTEGER NOT NULL,
    PRIMARY KEY (key_id, token)
) STRICT;
CREATE INDEX answers_by_age ON answers (at);
CREATE INDEX answers_by_record ON answers (record_id);

-- How far each key has read the feed.
CREATE TABLE readers (
    key_id TEXT    PRIMARY KEY REFERENCES keys (id),
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

-- Writes refused because another origin wrote the same; gone when the key writes the record.
CREATE TABLE conflicts (
    key_id    TEXT    NOT NULL REFERENCES keys (id),
    record_id BLOB    NOT NULL REFERENCES records (id),
    code      TEXT    NOT NULL,
    pointers  TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (key_id, record_id)
) STRICT;
