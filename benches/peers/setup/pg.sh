#!/usr/bin/env bash
# A private PostgreSQL cluster on a port of its own, on loopback. pg.sh init: make it, with the data for FastAPI;
# fresh: a fresh copy to measure; run: serve that; ready: does it serve?; with STATEMENT.. -- COMMAND..: change the original.
set -e; . "$(dirname "$0")/env.sh"
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1); home=$PEERS/pg; port=$PGPORT_BENCH
# PostgreSQL refuses to run as root: the user `postgres` stands in.
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
sql() { as "$bin/psql" -q -h 127.0.0.1 -p "$port" -U bench -v ON_ERROR_STOP=1 "$@" >/dev/null; }
start() { as "$bin/pg_ctl" -D "$home/pristine" -w -l "$home/log" start >/dev/null; trap 'as "$bin/pg_ctl" -D "$home/pristine" -w -m fast stop >/dev/null' EXIT; }
case $1 in
init)
  rm -rf "$home"; mkdir -p "$home"; [ "$(id -u)" != 0 ] || chown postgres "$home"
  as "$bin/initdb" -D "$home/pristine" -U bench -A trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  printf "listen_addresses='127.0.0.1'\nport=%s\nunix_socket_directories='%s'\nshared_buffers='128MB'\n" "$port" "$home" | as tee -a "$home/pristine/postgresql.conf" >/dev/null
  python3 - "$DATA" >"$home/load.sql" <<'P'
import json, sys
print("""CREATE DATABASE plain;
\\c plain
CREATE TABLE collectivites(id serial PRIMARY KEY, name_fr text NOT NULL, name_ja text NOT NULL, name_en text NOT NULL, country text NOT NULL,
 level text NOT NULL, population int NOT NULL, lat float8, lon float8, website text);
CREATE TABLE partnerships(id serial PRIMARY KEY, french_id int NOT NULL REFERENCES collectivites(id), japanese_id int NOT NULL REFERENCES collectivites(id),
 kind text NOT NULL, status text NOT NULL, signed_on text NOT NULL, themes json NOT NULL, summary text NOT NULL);""")
cell = lambda v: str(v if not isinstance(v, list) else json.dumps(v, ensure_ascii=False)).replace("\\", "\\\\").replace("\t", " ")
for table in ("collectivites", "partnerships"):
    rows = json.load(open(f"{sys.argv[1]}/{table}.json"))
    print(f"COPY {table}({','.join(rows[0])}) FROM stdin;")
    for row in rows: print("\t".join(map(cell, row.values())))
    print("\\.\nSELECT setval('%s_id_seq', %d);" % (table, len(rows)))
print("CREATE INDEX p_kind_signed ON partnerships(kind, signed_on); CREATE INDEX c_country ON collectivites(country, population); VACUUM ANALYZE;")
P
  start; sql -d postgres -f "$home/load.sql" ;;
with)
  shift; start
  while [ "$1" != -- ]; do sql -d postgres -c "$1"; shift; done
  shift; "$@"; as "$bin/vacuumdb" -q -a -z -h 127.0.0.1 -p "$port" -U bench ;;
fresh) rm -rf "$home/data"; cp -a "$home/pristine" "$home/data" ;;
run) cd /; if [ "$(id -u)" = 0 ]; then exec runuser -u postgres -- "$bin/postgres" -D "$home/data"; else exec "$bin/postgres" -D "$home/data"; fi ;;
ready) "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" ;;
esac
