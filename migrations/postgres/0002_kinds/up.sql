-- One table per kind: the columns that its lists filter, sort or constrain, projected from the record's content.
-- A date has its text, and its first and last possible day (null where unbounded).
CREATE TABLE sources (
    id                 UUID PRIMARY KEY REFERENCES records (id),
    reliability        TEXT COLLATE "C",
    title_fr           TEXT COLLATE "C" NOT NULL,
    published          TEXT COLLATE "C",
    published_earliest TEXT COLLATE "C",
    published_latest   TEXT COLLATE "C",
    retrieved          TEXT COLLATE "C",
    retrieved_earliest TEXT COLLATE "C",
    retrieved_latest   TEXT COLLATE "C"
);

-- x, y, z: the place as a unit vector, so that a distance is a sum of products.
CREATE TABLE authorities (
    id         UUID PRIMARY KEY REFERENCES records (id),
    country    TEXT COLLATE "C" NOT NULL,
    level      TEXT COLLATE "C" NOT NULL,
    status     TEXT COLLATE "C",
    name_fr    TEXT COLLATE "C" NOT NULL,
    name_ja    TEXT COLLATE "C" NOT NULL,
    population BIGINT,
    lat        DOUBLE PRECISION,
    lon        DOUBLE PRECISION,
    x          DOUBLE PRECISION,
    y          DOUBLE PRECISION,
    z          DOUBLE PRECISION
);
CREATE INDEX authorities_by_country ON authorities (country, level, id);
CREATE INDEX authorities_by_name_fr ON authorities (name_fr, id);
CREATE INDEX authorities_by_name_ja ON authorities (name_ja, id);
CREATE INDEX authorities_by_place ON authorities (lat, lon);

CREATE TABLE organisations (
    id               UUID PRIMARY KEY REFERENCES records (id),
    category         TEXT COLLATE "C" NOT NULL,
    country          TEXT COLLATE "C",
    focus_country    TEXT COLLATE "C",
    name_fr          TEXT COLLATE "C" NOT NULL,
    name_ja          TEXT COLLATE "C" NOT NULL,
    founded          TEXT COLLATE "C",
    founded_earliest TEXT COLLATE "C",
    founded_latest   TEXT COLLATE "C"
);

CREATE TABLE people (
    id      UUID PRIMARY KEY REFERENCES records (id),
    name_fr TEXT COLLATE "C" NOT NULL,
    name_ja TEXT COLLATE "C" NOT NULL
);

CREATE TABLE partnerships (
    id                     UUID PRIMARY KEY REFERENCES records (id),
    category               TEXT COLLATE "C" NOT NULL,
    status                 TEXT COLLATE "C" NOT NULL,
    since_basis            TEXT COLLATE "C",
    label_fr               TEXT COLLATE "C" NOT NULL,
    parties                TEXT COLLATE "C" NOT NULL,
    open                   BIGINT NOT NULL,
    since                  TEXT COLLATE "C",
    since_earliest         TEXT COLLATE "C",
    since_latest           TEXT COLLATE "C",
    until                  TEXT COLLATE "C",
    until_earliest         TEXT COLLATE "C",
    until_latest           TEXT COLLATE "C",
    last_activity          TEXT COLLATE "C",
    last_activity_earliest TEXT COLLATE "C",
    last_activity_latest   TEXT COLLATE "C"
);
-- At most one open partnership of the same authorities.
CREATE UNIQUE INDEX partnerships_open ON partnerships (parties) WHERE open = 1;
CREATE INDEX partnerships_by_since ON partnerships (COALESCE(since_earliest, '~'), COALESCE(since_latest, '~'), id);
CREATE INDEX partnerships_by_since_down ON partnerships (COALESCE(since_earliest, '') DESC, COALESCE(since_latest, '') DESC, id);
CREATE INDEX partnerships_by_label ON partnerships (label_fr, id);
CREATE INDEX partnerships_by_category ON partnerships (category, COALESCE(since_earliest, '') DESC, COALESCE(since_latest, '') DESC, id);

CREATE TABLE memoranda (
    id                     UUID PRIMARY KEY REFERENCES records (id),
    category               TEXT COLLATE "C" NOT NULL,
    status                 TEXT COLLATE "C" NOT NULL,
    signed                 TEXT COLLATE "C",
    signed_earliest        TEXT COLLATE "C",
    signed_latest          TEXT COLLATE "C",
    in_force_from          TEXT COLLATE "C",
    in_force_from_earliest TEXT COLLATE "C",
    in_force_from_latest   TEXT COLLATE "C",
    expires                TEXT COLLATE "C",
    expires_earliest       TEXT COLLATE "C",
    expires_latest         TEXT COLLATE "C"
);
CREATE INDEX memoranda_by_signature ON memoranda (COALESCE(signed_earliest, '') DESC, COALESCE(signed_latest, '') DESC, id);
CREATE INDEX memoranda_by_expiry ON memoranda (COALESCE(expires_earliest, '~'), COALESCE(expires_latest, '~'), id);

CREATE TABLE visits (
    id             UUID PRIMARY KEY REFERENCES records (id),
    category       TEXT COLLATE "C" NOT NULL,
    direction      TEXT COLLATE "C" NOT NULL,
    dates          TEXT COLLATE "C" NOT NULL,
    dates_earliest TEXT COLLATE "C",
    dates_latest   TEXT COLLATE "C"
);
CREATE INDEX visits_by_date ON visits (COALESCE(dates_earliest, '') DESC, COALESCE(dates_latest, '') DESC, id);

CREATE TABLE rencontres (
    id             UUID PRIMARY KEY REFERENCES records (id),
    number         BIGINT NOT NULL UNIQUE,
    status         TEXT COLLATE "C" NOT NULL,
    dates          TEXT COLLATE "C",
    dates_earliest TEXT COLLATE "C",
    dates_latest   TEXT COLLATE "C"
);

CREATE TABLE sessions (
    id            UUID PRIMARY KEY REFERENCES records (id),
    position      BIGINT NOT NULL,
    category      TEXT COLLATE "C" NOT NULL,
    number        BIGINT,
    part_of_day   TEXT COLLATE "C",
    audience      TEXT COLLATE "C",
    date          TEXT COLLATE "C",
    date_earliest TEXT COLLATE "C",
    date_latest   TEXT COLLATE "C"
);
