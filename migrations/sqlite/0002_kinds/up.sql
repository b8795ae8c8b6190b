-- One table per kind: the columns that its lists filter, sort or constrain, projected from the record's content.
-- A date has its text, and its first and last possible day (null where unbounded).
CREATE TABLE sources (
    id                 BLOB PRIMARY KEY REFERENCES records (id),
    reliability        TEXT,
    title_fr           TEXT NOT NULL,
    published          TEXT,
    published_earliest TEXT,
    published_latest   TEXT,
    retrieved          TEXT,
    retrieved_earliest TEXT,
    retrieved_latest   TEXT
) STRICT;

-- x, y, z: the place as a unit vector, so that a distance is a sum of products.
CREATE TABLE authorities (
    id         BLOB PRIMARY KEY REFERENCES records (id),
    country    TEXT NOT NULL,
    level      TEXT NOT NULL,
    status     TEXT,
    name_fr    TEXT NOT NULL,
    name_ja    TEXT NOT NULL,
    population INTEGER,
    lat        REAL,
    lon        REAL,
    x          REAL,
    y          REAL,
    z          REAL
) STRICT;
CREATE INDEX authorities_by_country ON authorities (country, level, id);
CREATE INDEX authorities_by_name_fr ON authorities (name_fr, id);
CREATE INDEX authorities_by_name_ja ON authorities (name_ja, id);
CREATE INDEX authorities_by_place ON authorities (lat, lon);

CREATE TABLE organisations (
    id               BLOB PRIMARY KEY REFERENCES records (id),
    category         TEXT NOT NULL,
    country          TEXT,
    focus_country    TEXT,
    name_fr          TEXT NOT NULL,
    name_ja          TEXT NOT NULL,
    founded          TEXT,
    founded_earliest TEXT,
    founded_latest   TEXT
) STRICT;

CREATE TABLE people (
    id      BLOB PRIMARY KEY REFERENCES records (id),
    name_fr TEXT NOT NULL,
    name_ja TEXT NOT NULL
) STRICT;

CREATE TABLE partnerships (
    id                     BLOB PRIMARY KEY REFERENCES records (id),
    category               TEXT NOT NULL,
    status                 TEXT NOT NULL,
    since_basis            TEXT,
    label_fr               TEXT NOT NULL,
    parties                TEXT NOT NULL,
    open                   INTEGER NOT NULL,
    since                  TEXT,
    since_earliest         TEXT,
    since_latest           TEXT,
    until                  TEXT,
    until_earliest         TEXT,
    until_latest           TEXT,
    last_activity          TEXT,
    last_activity_earliest TEXT,
    last_activity_latest   TEXT
) STRICT;
-- At most one open partnership of the same authorities.
CREATE UNIQUE INDEX partnerships_open ON partnerships (parties) WHERE open = 1;
CREATE INDEX partnerships_by_since ON partnerships (COALESCE(since_earliest, '~'), COALESCE(since_latest, '~'), id);
CREATE INDEX partnerships_by_since_down ON partnerships (COALESCE(since_earliest, '') DESC, COALESCE(since_latest, '') DESC, id);
CREATE INDEX partnerships_by_label ON partnerships (label_fr, id);
CREATE INDEX partnerships_by_category ON partnerships (category, COALESCE(since_earliest, '') DESC, COALESCE(since_latest, '') DESC, id);

CREATE TABLE memoranda (
    id                     BLOB PRIMARY KEY REFERENCES records (id),
    category               TEXT NOT NULL,
    status                 TEXT NOT NULL,
    signed                 TEXT,
    signed_earliest        TEXT,
    signed_latest          TEXT,
    in_force_from          TEXT,
    in_force_from_earliest TEXT,
    in_force_from_latest   TEXT,
    expires                TEXT,
    expires_earliest       TEXT,
    expires_latest         TEXT
) STRICT;
CREATE INDEX memoranda_by_signature ON memoranda (COALESCE(signed_earliest, '') DESC, COALESCE(signed_latest, '') DESC, id);
CREATE INDEX memoranda_by_expiry ON memoranda (COALESCE(expires_earliest, '~'), COALESCE(expires_latest, '~'), id);

CREATE TABLE visits (
    id             BLOB PRIMARY KEY REFERENCES records (id),
    category       TEXT NOT NULL,
    direction      TEXT NOT NULL,
    dates          TEXT NOT NULL,
    dates_earliest TEXT,
    dates_latest   TEXT
) STRICT;
CREATE INDEX visits_by_date ON visits (COALESCE(dates_earliest, '') DESC, COALESCE(dates_latest, '') DESC, id);

CREATE TABLE rencontres (
    id             BLOB PRIMARY KEY REFERENCES records (id),
    number         INTEGER NOT NULL UNIQUE,
    status         TEXT NOT NULL,
    dates          TEXT,
    dates_earliest TEXT,
    dates_latest   TEXT
) STRICT;

CREATE TABLE sessions (
    id            BLOB PRIMARY KEY REFERENCES records (id),
    position      INTEGER NOT NULL,
    category      TEXT NOT NULL,
    number        INTEGER,
    part_of_day   TEXT,
    audience      TEXT,
    date          TEXT,
    date_earliest TEXT,
    date_latest   TEXT
) STRICT;
