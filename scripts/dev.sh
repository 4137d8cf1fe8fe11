#!/usr/bin/env bash
# The app with the UI's dev server, so that a saved file shows at once.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
make --no-print-directory ui
(cd ui && npm run --silent dev) &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
cargo run --quiet -p longshore-desktop --no-default-features
