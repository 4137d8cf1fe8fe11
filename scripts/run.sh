#!/usr/bin/env bash
# Opens the app on the sandbox; with no display, the walkthrough in the terminal.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
make --no-print-directory ui
cargo build --quiet --workspace --bins
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  echo "There is no display, so no window can be opened. Running \`longshore demo\` instead."
  exec "$CARGO_TARGET_DIR/debug/longshore" demo
fi
exec "$CARGO_TARGET_DIR/debug/longshore-desktop" --sandbox
