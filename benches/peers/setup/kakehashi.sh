#!/usr/bin/env bash
# This project, as it is in this checkout: the `dist` build, the data through its own import, a key. On SQLite, and on
# the PostgreSQL cluster of pg.sh where that is set up.
set -e; . "$(dirname "$0")/env.sh"
root=$(cd "$BENCH_DIR/../.." && pwd); home=$PEERS/kakehashi; mkdir -p "$home"
(cd "$root" && cargo build --profile dist -q --locked)
install -m 755 "${CARGO_TARGET_DIR:-$root/target}/dist/kakehashi" "$home/kakehashi"
python3 "$BENCH_DIR/setup/kakehashi.py" "$DATA" "$home"

fill() { # DATABASE_URL KEY_FILE
  "$home/kakehashi" migrate --database-url "$1"
  "$home/kakehashi" import --origin bench --database-url "$1" "$home/records.ndjson"
  "$home/kakehashi" keys create --name bench --origin bench --scope write --database-url "$1" >"$2"
}

rm -f "$home"/pristine.db*
fill "sqlite://$home/pristine.db" "$home/key"
python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("PRAGMA wal_checkpoint(TRUNCATE)")' "$home/pristine.db"

if [ -d "$PEERS/pg/pristine" ]; then
  bash "$BENCH_DIR/setup/pg.sh" with "DROP DATABASE IF EXISTS kakehashi" "CREATE DATABASE kakehashi" -- \
    bash -ec "$(declare -f fill); home=$home; fill postgres://bench@127.0.0.1:$PGPORT_BENCH/kakehashi $home/key.pg"
fi
