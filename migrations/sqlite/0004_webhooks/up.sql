-- Who is told of changes, with which secret, and how far each has been told (`position`, a number of the change log).
-- `content` is what the owner wrote, as JSON.
CREATE TABLE webhooks (
    id               BLOB    PRIMARY KEY,
    origin           TEXT    NOT NULL,
    content          TEXT    NOT NULL,
    enabled          INTEGER NOT NULL,
    disabled_reason  TEXT,
    secret           TEXT    NOT NULL,
    old_secret       TEXT,
    old_secret_until INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    position         INTEGER NOT NULL,
    sent_seq         INTEGER,
    attempted_at     INTEGER,
    attempt_status   TEXT
) STRICT;

-- One row for each change and webhook that it concerns. A process that attempts it has leased it for a while.
CREATE TABLE deliveries (
    webhook_id   BLOB    NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    seq          INTEGER NOT NULL,
    previous_seq INTEGER,
    status       TEXT    NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts     INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    next_at      INTEGER NOT NULL,
    leased_until INTEGER NOT NULL,
    attempted_at INTEGER,
    answer_code  INTEGER,
    answer       TEXT,
    PRIMARY KEY (webhook_id, seq)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_at, seq) WHERE status = 'pending';
CREATE INDEX deliveries_leased ON deliveries (webhook_id, leased_until) WHERE status = 'pending';
CREATE INDEX deliveries_by_age ON deliveries (created_at) WHERE status <> 'pending';
