-- Columns as in 0002_kinds: what lists filter, sort or constrain. A date has its text and its bounds.
CREATE TABLE good_practices (
    id                  UUID PRIMARY KEY REFERENCES records (id),
    title_fr            TEXT COLLATE "C" NOT NULL,
    population          BIGINT,
    updated_on          TEXT COLLATE "C",
    updated_on_earliest TEXT COLLATE "C",
    updated_on_latest   TEXT COLLATE "C"
);

CREATE TABLE publications (
    id                 UUID PRIMARY KEY REFERENCES records (id),
    category           TEXT COLLATE "C" NOT NULL,
    title_fr           TEXT COLLATE "C" NOT NULL,
    published          TEXT COLLATE "C",
    published_earliest TEXT COLLATE "C",
    published_latest   TEXT COLLATE "C"
);

CREATE TABLE frameworks (
    id               UUID PRIMARY KEY REFERENCES records (id),
    category         TEXT COLLATE "C" NOT NULL,
    adopted          TEXT COLLATE "C",
    adopted_earliest TEXT COLLATE "C",
    adopted_latest   TEXT COLLATE "C",
    period           TEXT COLLATE "C",
    period_earliest  TEXT COLLATE "C",
    period_latest    TEXT COLLATE "C"
);

CREATE TABLE events (
    id             UUID PRIMARY KEY REFERENCES records (id),
    category       TEXT COLLATE "C" NOT NULL,
    dates          TEXT COLLATE "C" NOT NULL,
    dates_earliest TEXT COLLATE "C",
    dates_latest   TEXT COLLATE "C"
);

CREATE TABLE partner_requests (
    id              UUID PRIMARY KEY REFERENCES records (id),
    wanted_country  TEXT COLLATE "C" NOT NULL,
    opened          TEXT COLLATE "C",
    opened_earliest TEXT COLLATE "C",
    opened_latest   TEXT COLLATE "C",
    closed          TEXT COLLATE "C",
    closed_earliest TEXT COLLATE "C",
    closed_latest   TEXT COLLATE "C"
);
