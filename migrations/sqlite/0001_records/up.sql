-- One row per record, for ever. `number` is the row's own number, which the full-text index uses.
CREATE TABLE records (
    number     INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE,
    kind       TEXT    NOT NULL,
    version    INTEGER NOT NULL CHECK (version >= 0),
    state      TEXT    NOT NULL CHECK (state IN ('live', 'deleted')),
    shape      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    origin     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    content    TEXT    NOT NULL,
    UNIQUE (id, state)
) STRICT;
CREATE INDEX records_by_update ON records (kind, updated_at, id);

CREATE TABLE identifiers (
    kind      TEXT NOT NULL,
    scheme    TEXT NOT NULL,
    value     TEXT NOT NULL,
    record_id BLOB NOT NULL REFERENCES records (id),
    PRIMARY KEY (kind, scheme, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX identifiers_by_record ON identifiers (record_id);
CREATE INDEX identifiers_by_scheme ON identifiers (scheme, value);

-- `to_state` can only be 'live', and the pair must exist: what is referred to cannot be deleted, not even in a race.
CREATE TABLE refs (
    from_record BLOB NOT NULL REFERENCES records (id),
    pointer     TEXT NOT NULL,
    to_record   BLOB NOT NULL,
    to_state    TEXT NOT NULL DEFAULT 'live' CHECK (to_state = 'live'),
    PRIMARY KEY (from_record, pointer, to_record),
    FOREIGN KEY (to_record, to_state) REFERENCES records (id, state)
) STRICT, WITHOUT ROWID;
CREATE INDEX refs_by_target ON refs (to_record, pointer, from_record);

-- Codes inside lists: themes, purposes, roles, ...
CREATE TABLE tags (
    record_id BLOB NOT NULL REFERENCES records (id),
    pointer   TEXT NOT NULL,
    code      TEXT NOT NULL,
    PRIMARY KEY (record_id, pointer, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_code ON tags (pointer, code, record_id);

CREATE VIRTUAL TABLE search USING fts5 (text, tokenize = 'trigram');

-- The feed: every version of every record, in the order of the commits.
CREATE TABLE feed_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO feed_head (one, seq) VALUES (1, 0);

CREATE TABLE changes (
    seq         INTEGER PRIMARY KEY,
    record_id   BLOB    NOT NULL REFERENCES records (id),
    kind        TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    op          TEXT    NOT NULL CHECK (op IN ('create', 'update', 'delete', 'restore', 'merge')),
    origin      TEXT    NOT NULL,
    actor       TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    batch_id    BLOB    NOT NULL,
    changed     TEXT    NOT NULL,
    replaced_by BLOB    REFERENCES records (id),
    shape       INTEGER NOT NULL,
    body        TEXT,
    UNIQUE (record_id, version)
) STRICT;

-- Values that every instance over this database shares (the key of the cursors).
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE keys (
    id         TEXT    PRIMARY KEY,
    name       TEXT    NOT NULL,
    origin     TEXT    NOT NULL,
    scopes     TEXT    NOT NULL,
    schemes    TEXT    NOT NULL,
    hash       BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;
