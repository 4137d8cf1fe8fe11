#!/usr/bin/env python3
"""Fails if a crate depends on another one against the direction in docs/ARCHITECTURE.md."""
import json
import subprocess
import sys

ALLOWED = {
    "longshore-codes": set(),
    "longshore-names": set(),
    "longshore-policy": {"codes", "names"},
    "longshore-promotion": {"codes", "names", "policy"},
    "longshore-registry": {"names", "policy"},
    "longshore-ecr": {"codes", "names", "policy", "registry"},
    "longshore-engine": {"codes", "names", "policy", "registry"},
    "longshore-sandbox": {"codes", "names"},
    "longshore-app": {"codes", "names", "policy", "promotion", "registry", "ecr", "engine", "sandbox"},
    "longshore-cli": {"names", "app", "sandbox"},
    "longshore-desktop": {"names", "app"},
    "longshore-apigen": {"app", "codes", "policy"},
}
# Tests and measurements may use anything.
EXEMPT = {"longshore-tests", "longshore-benches", "longshore-testkit"}

metadata = json.loads(
    subprocess.check_output(["cargo", "metadata", "--no-deps", "--offline", "--format-version=1"])
)
wrong = []
for package in metadata["packages"]:
    name = package["name"]
    if name in EXEMPT:
        continue
    if name not in ALLOWED:
        wrong.append(f"{name} is not listed in scripts/arrows.py")
        continue
    for dependency in package["dependencies"]:
        target = dependency["name"]
        if dependency["kind"] == "dev" or not target.startswith("longshore-"):
            continue
        if target.removeprefix("longshore-") not in ALLOWED[name]:
            wrong.append(f"{name} must not depend on {target}")
print("\n".join(wrong), end="\n" if wrong else "")
sys.exit(bool(wrong))
