#!/usr/bin/env bash
# Runs the app with the UI's dev server, so that a saved file shows immediately.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
make --no-print-directory ui
(cd ui && npm run --silent dev) &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
# With the features of the whole workspace, so that the build is shared with `make run`.
cargo build --workspace --bin longshore --bin longshore-desktop --no-default-features
"$CARGO_TARGET_DIR/debug/longshore-desktop" "$@"
