-- One row per record, for ever. `number` is the row's own number, which the full-text index uses.
CREATE TABLE records (
    number     BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         UUID    NOT NULL UNIQUE,
    kind       TEXT    COLLATE "C" NOT NULL,
    version    BIGINT NOT NULL CHECK (version >= 0),
    state      TEXT    COLLATE "C" NOT NULL CHECK (state IN ('live', 'deleted')),
    shape      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    origin     TEXT    COLLATE "C" NOT NULL,
    name       TEXT    COLLATE "C" NOT NULL,
    content    TEXT    COLLATE "C" NOT NULL,
    UNIQUE (id, state)
);
CREATE INDEX records_by_update ON records (kind, updated_at, id);

CREATE TABLE identifiers (
    kind      TEXT COLLATE "C" NOT NULL,
    scheme    TEXT COLLATE "C" NOT NULL,
    value     TEXT COLLATE "C" NOT NULL,
    record_id UUID NOT NULL REFERENCES records (id),
    PRIMARY KEY (kind, scheme, value)
);
CREATE INDEX identifiers_by_record ON identifiers (record_id);
CREATE INDEX identifiers_by_scheme ON identifiers (scheme, value);

-- `to_state` can only be 'live', and the pair must exist: what is referred to cannot be deleted, not even in a race.
CREATE TABLE refs (
    from_record UUID NOT NULL REFERENCES records (id),
    pointer     TEXT COLLATE "C" NOT NULL,
    to_record   UUID NOT NULL,
    to_state    TEXT COLLATE "C" NOT NULL DEFAULT 'live' CHECK (to_state = 'live'),
    PRIMARY KEY (from_record, pointer, to_record),
    FOREIGN KEY (to_record, to_state) REFERENCES records (id, state)
);
CREATE INDEX refs_by_target ON refs (to_record, pointer, from_record);

-- Codes inside lists: themes, purposes, roles, ...
CREATE TABLE tags (
    record_id UUID NOT NULL REFERENCES records (id),
    pointer   TEXT COLLATE "C" NOT NULL,
    code      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (record_id, pointer, code)
);
CREATE INDEX tags_by_code ON tags (pointer, code, record_id);

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE search (
    rowid BIGINT PRIMARY KEY,
    text  TEXT   NOT NULL
);
CREATE INDEX search_by_trigram ON search USING gin (text gin_trgm_ops);

-- The feed: every version of every record, in the order of the commits.
CREATE TABLE feed_head (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    seq BIGINT NOT NULL
);
INSERT INTO feed_head (one, seq) VALUES (1, 0);

CREATE TABLE changes (
    seq         BIGINT PRIMARY KEY,
    record_id   UUID    NOT NULL REFERENCES records (id),
    kind        TEXT    COLLATE "C" NOT NULL,
    version     BIGINT NOT NULL,
    op          TEXT    COLLATE "C" NOT NULL CHECK (op IN ('create', 'update', 'delete', 'restore', 'merge')),
    origin      TEXT    COLLATE "C" NOT NULL,
    actor       TEXT    COLLATE "C" NOT NULL,
    at          BIGINT NOT NULL,
    batch_id    UUID    NOT NULL,
    changed     TEXT    COLLATE "C" NOT NULL,
    replaced_by UUID    REFERENCES records (id),
    shape       BIGINT NOT NULL,
    body        TEXT,
    UNIQUE (record_id, version)
);

-- Values that every instance over this database shares (the key of the cursors).
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE keys (
    id         TEXT    PRIMARY KEY,
    name       TEXT    COLLATE "C" NOT NULL,
    origin     TEXT    COLLATE "C" NOT NULL,
    scopes     TEXT    COLLATE "C" NOT NULL,
    schemes    TEXT    COLLATE "C" NOT NULL,
    hash       BYTEA   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
