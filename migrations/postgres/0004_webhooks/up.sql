-- Who is told of changes, with which secret, and how far each has been told (`position`, a number of the change log).
-- `content` is what the owner wrote, as JSON.
CREATE TABLE webhooks (
    id               UUID   PRIMARY KEY,
    origin           TEXT COLLATE "C" NOT NULL,
    content          TEXT COLLATE "C" NOT NULL,
    enabled          BIGINT NOT NULL,
    disabled_reason  TEXT COLLATE "C",
    secret           TEXT COLLATE "C" NOT NULL,
    old_secret       TEXT COLLATE "C",
    old_secret_until BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    position         BIGINT NOT NULL,
    sent_seq         BIGINT,
    attempted_at     BIGINT,
    attempt_status   TEXT COLLATE "C"
);

-- One row for each change and webhook that it concerns. A process that attempts it has leased it for a while.
CREATE TABLE deliveries (
    webhook_id   UUID   NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    seq          BIGINT NOT NULL,
    previous_seq BIGINT,
    status       TEXT COLLATE "C" NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts     BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    next_at      BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    attempted_at BIGINT,
    answer_code  BIGINT,
    answer       TEXT COLLATE "C",
    PRIMARY KEY (webhook_id, seq)
);
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_at, seq) WHERE status = 'pending';
CREATE INDEX deliveries_leased ON deliveries (webhook_id, leased_until) WHERE status = 'pending';
CREATE INDEX deliveries_by_age ON deliveries (created_at) WHERE status <> 'pending';
