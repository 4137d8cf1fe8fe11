#!/usr/bin/env bash
# Builds deb and rpm packages with the window, the command line `longshore`, and docker's credential helper.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
cargo build --release -p longshore-desktop -p longshore-cli
program="$CARGO_TARGET_DIR/release/longshore"
helper="$PWD/packaging/docker-credential-longshore"
files="{\"/usr/bin/longshore\": \"$program\", \"/usr/bin/docker-credential-longshore\": \"$helper\"}"
cd src-tauri
../ui/node_modules/.bin/tauri bundle --bundles deb,rpm \
  --config "{\"bundle\": {\"linux\": {\"deb\": {\"files\": $files}, \"rpm\": {\"files\": $files}}}}"
