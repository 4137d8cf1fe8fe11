#!/usr/bin/env bash
# Runs a command in a separate desktop: virtual display, session bus, unlocked keyring and an empty
# home. The user's desktop is not affected.
set -euo pipefail
# In memory if there is plenty of it: tests create thousands of small files, and their registries
# wait for the disk after each.
folder=${TMPDIR:-/tmp}
free=$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)
if [ -w /dev/shm ] && [ "${free:-0}" -gt $((4 * 1024 * 1024)) ]; then folder=/dev/shm; fi
home=$(mktemp -d -p "$folder")
# A file that cannot be removed does not fail the tests.
trap 'rm -rf "$home" || true' EXIT
export TMPDIR="$home/tmp"
mkdir "$TMPDIR"
export LONGSHORE_TEST_HOME="$home" CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
export XDG_DATA_HOME="$home/data" XDG_CONFIG_HOME="$home/config" XDG_RUNTIME_DIR="$home/run"
export GTK_THEME="${GTK_THEME:-Adwaita}" NO_AT_BRIDGE=1
mkdir -p "$XDG_DATA_HOME" "$XDG_CONFIG_HOME" && mkdir -m 700 "$XDG_RUNTIME_DIR"
# The keyring's password is not empty: an empty one leaves the collection locked.
dbus-run-session -- xvfb-run --auto-servernum --server-args="-screen 0 1600x1000x24" bash -c '
  printf "longshore-test" | gnome-keyring-daemon --unlock --components=secrets >/dev/null
  exec "$@"' with-desktop "$@"
