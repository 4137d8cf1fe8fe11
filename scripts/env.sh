# Folders for builds and tools: outside the checkout, so that a fresh clone can reuse them.
export LONGSHORE_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/longshore"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$LONGSHORE_CACHE/target}"
export LONGSHORE_VENV="${LONGSHORE_VENV:-$LONGSHORE_CACHE/venv}"
export PATH="$LONGSHORE_CACHE/tools/bin:$PATH"
mkdir -p "$LONGSHORE_CACHE"
