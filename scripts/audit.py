#!/usr/bin/env python3
"""Checks Longshore's dependencies for known vulnerabilities, with the advisories of RustSec and npm.

Exits with 0 if there are none, 1 if there are some, 3 if the advisories cannot be reached. What is
known but does not affect us is listed in scripts/audit-ignores.txt, each with the day on which it
counts again.
"""
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
IGNORES = ROOT / "scripts/audit-ignores.txt"
DATABASE = "https://github.com/rustsec/advisory-db"
SOON = 20  # seconds until a host that does not answer counts as out of reach
LONG = 300


def run(command, seconds, folder=ROOT):
    """The exit code and output of a command; a timeout counts as a failure."""
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, timeout=seconds, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
    except subprocess.TimeoutExpired:
        return 124, "", f"no answer within {seconds} s"
    except OSError as error:
        return 127, "", str(error)
    return done.returncode, done.stdout, done.stderr


def ignores(today):
    """The ids that are ignored today."""
    found = set()
    for number, line in enumerate(IGNORES.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        fields = line.split(None, 2)
        if len(fields) < 3 or not re.fullmatch(r"\d{4}-\d\d-\d\d", fields[1]):
            sys.exit(f"{IGNORES.name}:{number}: an id, the day it counts again, and a reason")
        if datetime.date.fromisoformat(fields[1]) > today:
            found.add(fields[0])
        else:
            print(f"{fields[0]} was ignored until {fields[1]} and counts again: {fields[2]}")
    return found


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no output"


def rust(ignored):
    """None without a database, otherwise whether a crate has an advisory."""
    for command, seconds in (
        (["git", "ls-remote", "--exit-code", DATABASE, "HEAD"], SOON),
        (["cargo", "deny", "--log-level", "error", "fetch", "db"], LONG),
    ):
        code, _, errors = run(command, seconds)
        if code != 0:
            print(f"RustSec's advisories could not be fetched from {DATABASE}: {last_line(errors)}")
            return None
    config = (ROOT / "deny.toml").read_text()
    listed = ", ".join(json.dumps(name) for name in sorted(ignored) if name.startswith("RUSTSEC-"))
    config = config.replace("[advisories]\n", f"[advisories]\nignore = [{listed}]\n", 1)
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(config)
        file.flush()
        code, output, errors = run(
            ["cargo", "deny", "--log-level", "error", "--config", file.name, "check", "advisories"], LONG,
        )
    if code != 0:
        print((output + errors).strip())
    return code != 0


def npm(ignored):
    """None if npm's registry does not respond, otherwise whether a package has an advisory."""
    _, output, errors = run(["npm", "audit", "--json", "--fetch-retries=0"], SOON * 3, ROOT / "ui")
    try:
        report = json.loads(output)
    except ValueError:
        report = {}
    if "vulnerabilities" not in report:
        print(f"npm's advisories could not be fetched: {report.get('message') or last_line(errors)}")
        return None
    found = False
    for name, package in sorted(report["vulnerabilities"].items()):
        for via in package["via"]:
            # A string names another package of the report.
            if isinstance(via, str) or via["url"].rsplit("/", 1)[-1] in ignored:
                continue
            found = True
            print(f"{name}: {via['title']} ({via['severity']}), {via['url']}")
    return found


def main():
    ignored = ignores(datetime.date.today())
    results = [rust(ignored), npm(ignored)]
    if True in results:
        return 1
    if None in results:
        return 3
    print("No known vulnerabilities in dependencies.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
