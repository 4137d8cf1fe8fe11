#!/usr/bin/env bash
# Calls every operation that the sandbox claims, with botocore and the AWS CLI, and checks every
# response against botocore's service model.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
state=$(mktemp -d)
"$CARGO_TARGET_DIR/debug/longshore" sandbox serve --state "$state/sandbox" --port 0 --json >"$state/ready.json" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$state"' EXIT
for _ in $(seq 100); do
  [ -s "$state/ready.json" ] && break
  kill -0 "$server" || exit 1
  sleep 0.1
done
"$LONGSHORE_VENV/bin/python" tests/interop/control_plane.py "$state/ready.json" "$state/sandbox"
