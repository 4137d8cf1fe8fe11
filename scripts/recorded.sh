#!/usr/bin/env bash
# Runs tests, and compares every call that they sent to a sandbox with botocore's service model.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
LONGSHORE_SANDBOX_RECORD=$(mktemp -d)
export LONGSHORE_SANDBOX_RECORD
trap 'rm -rf "$LONGSHORE_SANDBOX_RECORD"' EXIT
"$@"
"$LONGSHORE_VENV/bin/python" tests/interop/recorded.py "$LONGSHORE_SANDBOX_RECORD"
