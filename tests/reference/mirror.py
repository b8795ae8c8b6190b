#!/usr/bin/env python3
"""Keeps a mirror of a Kakehashi registry in an SQLite file; the reference for whoever writes a client. See docs/sync.md.

    mirror.py follow --url http://127.0.0.1:8080 --file mirror.db     copies the registry, then follows it for ever
    mirror.py follow … --once --push mine.ndjson --scheme clair       sends records first; ends when caught up
    mirror.py dump --file mirror.db                                   the records, one a line, in the order of their ids

It may be killed at any moment and started again: what it takes over and its new position are one local transaction.
It needs nothing but Python 3.9. Copy it and do with it what you like.
"""
import argparse, http.client, json, os, random, sqlite3, sys, time
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

TABLES = """
CREATE TABLE IF NOT EXISTS records (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, version INTEGER NOT NULL,
    body TEXT,          -- the record, byte for byte as the registry stores it; NULL when it was deleted
    replaced_by TEXT);  -- the record that remains, after a merge
CREATE TABLE IF NOT EXISTS position (cursor TEXT NOT NULL);
"""
# Only what is newer: a page may be read twice.
TAKE = """
INSERT INTO records VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET kind = excluded.kind,
    version = excluded.version, body = excluded.body, replaced_by = excluded.replaced_by
    WHERE excluded.version > records.version
"""
COLLECTIONS = {"authority": "authorities", "memorandum": "memoranda", "person": "people"}  # the others add an s


def parts(text):
    """What is directly in a JSON object or list, as (name, value, text). Parsing and writing again might change a
    number (0.00001 to 1e-05), so records are cut from the text. The registry writes JSON without white space."""
    decode, at, name = json.JSONDecoder().raw_decode, 1, None
    while text[at] not in "]}":
        if text[0] == "{":
            name, at = decode(text, at)
            at += 1
        value, end = decode(text, at)
        yield name, value, text[at:end]
        at = end + (text[end] == ",")


def patiently(work):
    """Does it; later again, and later still, while the registry cannot be reached or has no time."""
    delay = 0.25
    while True:
        try:
            return work()
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, HTTPError) and error.code not in (429, 502, 503, 504):
                raise
            told = error.headers.get("Retry-After", "") if isinstance(error, HTTPError) else ""
            pause = int(told) if told.isdigit() else random.uniform(delay / 2, delay)
            print(f"{error!r}: again in {pause:.1f} s", file=sys.stderr)
            time.sleep(pause)
            delay = min(2 * delay, 60)


class Mirror:
    def __init__(self, options):
        self.options, self.db = options, sqlite3.connect(options.file, timeout=60)
        self.db.executescript(TABLES)

    def open(self, path, method="GET", body=None):
        headers = {"Content-Type": "application/json"} if body else {}
        if self.options.key:
            headers["Authorization"] = "Bearer " + self.options.key
        return urlopen(Request(self.options.url + path, body, headers, method=method), timeout=90)

    def keep(self, cursor):
        self.db.execute("DELETE FROM position")
        self.db.execute("INSERT INTO position VALUES (?)", (cursor,))

    def copy(self):
        """Takes a snapshot over. What was here is marked (version 0), so that everything in the snapshot is newer, also
        if the registry was set back; what the snapshot does not have is swept away."""
        with self.db, self.open("/v1/snapshot") as lines:
            self.db.execute("UPDATE records SET version = 0")
            count, end = 0, {}
            for line in lines:
                record = json.loads(line) if line.endswith(b"\n") else {}
                if record.get("kind") in ("end", None):
                    end = record
                    break
                body = line.decode().rstrip("\n")
                self.db.execute(TAKE, (record["id"], record["kind"], record["version"], body, None))
                count += 1
            if end.get("count") != count:
                raise ConnectionError("the snapshot was cut")  # and the transaction is rolled back
            self.db.execute("DELETE FROM records WHERE version = 0")
            self.keep(end["cursor"])
        print(f"copied {count} records", file=sys.stderr)

    def follow(self, cursor):
        """Takes a page of changes over, together with the position after it; whether more follow at once."""
        query = {"after": cursor, "limit": 500, "wait": 0 if self.options.once else 30}
        if self.options.exclude_self:
            query["exclude_origin"] = "self"
        with self.open("/v1/changes?" + urlencode(query)) as reply:
            page = {name: (value, text) for name, value, text in parts(reply.read().decode())}
        with self.db:
            for _, item, text in parts(page["items"][1]):
                body = next((text for name, _, text in parts(text) if name == "record"), None)
                self.db.execute(TAKE, (item["id"], item["kind"], item["version"], body, item.get("replaced_by")))
            self.keep(parse_qs(urlsplit(page["next"][0]).query)["after"][0])
        return page["has_more"][0]

    def step(self):
        """Comes closer to the registry; whether there is more to do at once."""
        row = self.db.execute("SELECT cursor FROM position").fetchone()
        if row is None:
            self.copy()
            return True
        try:
            return self.follow(row[0])
        except HTTPError as error:
            if error.code not in (400, 410) or "resync" not in json.load(error):
                raise
        with self.db:  # the position means nothing any more: a snapshot is next
            self.db.execute("DELETE FROM position")
        return True

    def push(self, line):
        """Writes a record under its identifier of our scheme; whether it was accepted. Repeating it changes nothing.
        One that carries the `version` that it was edited from is merged with what others wrote since; of one that does
        not, the registry refuses to undo what another origin wrote last. Both tell where the two differ."""
        record, scheme = json.loads(line), self.options.scheme
        values = [one["value"] for one in record.get("identifiers", []) if one["scheme"] == scheme]
        if not values:
            return record["kind"] == "end"
        path = f"/v1/{COLLECTIONS.get(record['kind'], record['kind'] + 's')}/{scheme}:{values[0]}"
        base = f"?base_version={record['version']}" if "version" in record else ""
        try:
            patiently(lambda: self.open(path + base, "PUT", line).close())
        except HTTPError as error:
            problem = json.load(error)
            print(f"{path}: {error.code} {problem['code']}: {problem['detail']}", file=sys.stderr)
            for fault in problem.get("conflicts", []) + problem.get("errors", []):
                print("   ", json.dumps(fault, ensure_ascii=False), file=sys.stderr)
            return False
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["follow", "dump"])
    parser.add_argument("--file", default="mirror.db", help="the mirror")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the registry")
    parser.add_argument("--key", default=os.environ.get("KAKEHASHI_KEY"), help="a key; KAKEHASHI_KEY hides it from ps")
    parser.add_argument("--exclude-self", action="store_true", help="not what the key's own origin wrote")
    parser.add_argument("--once", action="store_true", help="end when caught up")
    parser.add_argument("--push", type=argparse.FileType("rb"), metavar="FILE", help="send these records (NDJSON) first")
    parser.add_argument("--scheme", help="send records under their identifiers of this scheme")
    options = parser.parse_args()
    mirror = Mirror(options)
    if options.command == "dump":
        for (body,) in mirror.db.execute("SELECT body FROM records WHERE body IS NOT NULL ORDER BY id"):
            sys.stdout.buffer.write(body.encode() + b"\n")
        return 0
    refused = sum(not mirror.push(line) for line in options.push or [])
    while patiently(mirror.step) or not options.once:
        pass
    return min(refused, 1)


if __name__ == "__main__":
    sys.exit(main())
