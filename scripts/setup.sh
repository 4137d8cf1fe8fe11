#!/usr/bin/env bash
# Installs what Longshore needs on Debian or Ubuntu, and only what is missing.
#   scripts/setup.sh build   to build and run the app
#   scripts/setup.sh test    that, and what the tests and checks need
#   scripts/setup.sh bench   what building and measuring the command line needs
#   scripts/setup.sh venv    only the Python packages of the tests
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

# Third-party programs for tests: the AWS CLI, botocore's service model, moto; and ministack, which
# needs another botocore.
venv() {
  environment scripts/requirements.txt "$LONGSHORE_VENV"
  environment scripts/requirements-ministack.txt "$LONGSHORE_VENV/ministack"
}
environment() {
  cmp -s "$1" "$2/requirements.txt" 2>/dev/null && return
  [ -x "$2/bin/pip" ] || python3 -m venv "$2"
  "$2/bin/pip" install --quiet --disable-pip-version-check -r "$1"
  cp "$1" "$2/requirements.txt"
}
if [ "${1:-build}" = venv ]; then
  venv
  exit 0
fi

build_packages=(build-essential pkg-config libwebkit2gtk-4.1-dev ca-certificates)
test_packages=(
  xvfb xauth webkit2gtk-driver dbus dbus-daemon gnome-keyring libsecret-tools
  skopeo docker-registry docker.io libfaketime imagemagick fonts-dejavu-core python3-venv strace unzip
)

packages=("${build_packages[@]}")
programs=(cargo node npm)
case "${1:-build}" in
  test) packages+=("${test_packages[@]}") ;;
  bench)
    packages=(build-essential pkg-config ca-certificates skopeo docker-registry)
    programs=(cargo)
    ;;
esac

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  root=()
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      root=(sudo)
    else
      echo "Longshore needs some system packages. Please run:" >&2
      echo "  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}" >&2
      exit 1
    fi
  fi
  echo "Installing system packages: ${missing[*]}"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

for program in "${programs[@]}"; do
  command -v "$program" >/dev/null || {
    echo "Longshore needs $program. Install Rust (rustup) and Node.js 20 or newer, then try again." >&2
    exit 1
  }
done

[ "${1:-build}" = bench ] && exit 0

# The UI's packages, if the lock file has changed since they were installed.
stamp=ui/node_modules/.longshore-lock
if ! cmp -s ui/package-lock.json "$stamp" 2>/dev/null; then
  (cd ui && npm ci --no-fund --no-audit --loglevel=error)
  cp ui/package-lock.json "$stamp"
fi

[ "${1:-build}" = test ] || exit 0

venv

# A second opinion about permissions, in a process of its own: AGPL-3, for tests only, never shipped.
simulator="$LONGSHORE_CACHE/iam-simulate"
if ! cmp -s tests/interop/iam_simulate/package-lock.json "$simulator/installed-lock.json" 2>/dev/null; then
  mkdir -p "$simulator"
  cp tests/interop/iam_simulate/package.json tests/interop/iam_simulate/package-lock.json "$simulator"
  (cd "$simulator" && npm ci --no-fund --no-audit --loglevel=error)
  cp tests/interop/iam_simulate/package-lock.json "$simulator/installed-lock.json"
fi

# Cargo tools, outside the checkout; in debug mode, because they build faster.
tool() { # name version
  command -v "$1" >/dev/null || CARGO_TARGET_DIR="$LONGSHORE_CACHE/tools-target" \
    cargo install --quiet --locked --debug --root "$LONGSHORE_CACHE/tools" "$1@$2"
}
tool cargo-nextest 0.9.143
tool cargo-deny 0.20.2
