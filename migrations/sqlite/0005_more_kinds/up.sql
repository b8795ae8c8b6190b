-- Columns as in 0002_kinds: what lists filter, sort or constrain. A date has its text and its bounds.
CREATE TABLE good_practices (
    id                  BLOB PRIMARY KEY REFERENCES records (id),
    title_fr            TEXT NOT NULL,
    population          INTEGER,
    updated_on          TEXT,
    updated_on_earliest TEXT,
    updated_on_latest   TEXT
) STRICT;

CREATE TABLE publications (
    id                 BLOB PRIMARY KEY REFERENCES records (id),
    category           TEXT NOT NULL,
    title_fr           TEXT NOT NULL,
    published          TEXT,
    published_earliest TEXT,
    published_latest   TEXT
) STRICT;

CREATE TABLE frameworks (
    id               BLOB PRIMARY KEY REFERENCES records (id),
    category         TEXT NOT NULL,
    adopted          TEXT,
    adopted_earliest TEXT,
    adopted_latest   TEXT,
    period           TEXT,
    period_earliest  TEXT,
    period_latest    TEXT
) STRICT;

CREATE TABLE events (
    id             BLOB PRIMARY KEY REFERENCES records (id),
    category       TEXT NOT NULL,
    dates          TEXT NOT NULL,
    dates_earliest TEXT,
    dates_latest   TEXT
) STRICT;

CREATE TABLE partner_requests (
    id              BLOB PRIMARY KEY REFERENCES records (id),
    wanted_country  TEXT NOT NULL,
    opened          TEXT,
    opened_earliest TEXT,
    opened_latest   TEXT,
    closed          TEXT,
    closed_earliest TEXT,
    closed_latest   TEXT
) STRICT;
