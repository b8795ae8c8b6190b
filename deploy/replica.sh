# Follows the primary that PGHOST, PGUSER and PGPASSWORD name: copies it once, into PGDATA, then serves reads.
set -euo pipefail
if [[ ! -s $PGDATA/PG_VERSION ]]; then
    pg_basebackup -D "$PGDATA" -R -X stream -c fast
    chmod 700 "$PGDATA"
fi
# A read is not cancelled for what the primary has cleaned up since it began.
exec postgres -c hot_standby_feedback=on "$@"
