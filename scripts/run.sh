#!/usr/bin/env bash
# Opens the app on the sandbox; without a display, runs the walkthrough in the terminal.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
make --no-print-directory ui
if [ ! -x "$CARGO_TARGET_DIR/debug/longshore-desktop" ]; then
  echo "The first build compiles all dependencies: about 15 minutes on two cores, a few on a laptop."
fi
# With the features of the whole workspace, so that the build is shared with `make test`.
cargo build --workspace --bin longshore --bin longshore-desktop
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  echo "There is no display, so no window can be opened. Running \`longshore demo\` instead."
  exec "$CARGO_TARGET_DIR/debug/longshore" demo
fi
exec "$CARGO_TARGET_DIR/debug/longshore-desktop" --sandbox
