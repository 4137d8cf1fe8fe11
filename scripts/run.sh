#!/usr/bin/env bash
# Opens the app on the sandbox; with no display, the walkthrough in the terminal.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  echo "There is no display, so no window can be opened. Running \`longshore demo\` instead."
  exec cargo run --quiet -p longshore-cli -- demo
fi
make --no-print-directory ui
exec cargo run --quiet -p longshore-desktop
