#!/usr/bin/env bash
# Compares what ECR answers with what it is documented to answer.
#   scripts/aws-conformance.sh                    against the sandbox, twice
#   scripts/aws-conformance.sh ACCOUNT REGION …   against AWS; what follows is for the program
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
export PYTHONPATH="$PWD/tests"
if [ $# = 0 ]; then
  exec "$LONGSHORE_VENV/bin/python" -m conformance.sandbox "$CARGO_TARGET_DIR/debug/longshore" ${JSON:+"$JSON"}
fi
account=$1 region=${2:?the Region is missing}
exec "$LONGSHORE_VENV/bin/python" -m conformance --account "$account" --region "$region" "${@:3}"
