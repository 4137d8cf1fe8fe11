"""The command line: `python -m conformance --account ID --region REGION`."""

import argparse
import json
import os
import re
import secrets
import signal
import sys

from botocore.exceptions import BotoCoreError, ClientError

from . import probes
from .documents import Documents, Unsafe
from .probe import ALL, Differs, Patience
from .run import Run, clear_prefix
from .target import Target

REFUSED_TO_START = 2


class Interrupted(BaseException):
    """Ctrl-C, or a request to end."""


def arguments():
    parser = argparse.ArgumentParser(
        prog="conformance",
        description="Compares what ECR answers with what it is documented to answer. "
        "Everything is made under a new prefix and deleted again.",
    )
    parser.add_argument("--account", help="the account's 12 digits; the credentials must be of this account")
    parser.add_argument("--region", help="the Region to probe")
    parser.add_argument("--profile", help="a profile of the AWS configuration")
    parser.add_argument("--endpoint-url", help="an emulator, for example a sandbox, instead of AWS")
    parser.add_argument(
        "--documents", action="store_true",
        help="also probe what writes the replication configuration and the registry policy; both are restored",
    )
    parser.add_argument("--json", metavar="FILE", help="write a report")
    parser.add_argument("--only", metavar="TEXT", action="append", help="only probes whose name has this text")
    parser.add_argument("--list", action="store_true", help="list the probes and end")
    parser.add_argument("--id", help="the prefix's last part instead of a random one")
    parser.add_argument("--patience", type=float, help="seconds that a read may lag behind a write")
    parser.add_argument("--state", metavar="DIR", default=".", help="where the former documents are kept meanwhile")
    parser.add_argument("--finish", metavar="FILE", help="restore and clear away what a killed run left")
    return parser


def target_of(options, prefix):
    target = Target(options.account, options.region, prefix, options.endpoint_url, options.profile)
    target.patience = Patience(options.patience or (5 if target.on_loopback else 90))
    target.documents = Documents(target, options.state)
    if target.credentials is None:
        raise Unsafe("there are no credentials")
    found = target.identity()["Account"]
    if found != target.account:
        raise Unsafe(f"the credentials are of account {found}, not {target.account}")
    return target


assert ALL, f"{probes.__name__} has no probes"


def listing():
    for probe in ALL:
        print(f"{probe.name}\n    calls    {' '.join(probe.calls)}")
        print(f"    expects  {probe.expects}\n    source   {probe.source}")
    print(f"{len(ALL)} probes")


def finish(options):
    """Restores the documents of a killed run, and deletes what it made."""
    with open(options.finish, encoding="utf-8") as file:
        kept = json.load(file)
    options.account, options.region = kept["account"], kept["region"]
    options.endpoint_url = options.endpoint_url or kept["endpoint"]
    options.state = os.path.dirname(options.finish) or "."
    target = target_of(options, kept["prefix"])
    target.documents.load()
    for note in target.documents.restore():
        print(f"note: {note}")
    left = clear_prefix(target)
    if left:
        print(f"left behind: {', '.join(left)}")
        return 1
    target.documents.forget()
    print("Restored, and nothing is left behind.")
    return 0


def interrupt(*_):
    raise Interrupted


def run(options):
    identifier = options.id or secrets.token_hex(4)
    target = target_of(options, f"longshore-conformance-{identifier}/")
    this = Run(target, options.documents, options.only)
    where = f"{target.url}, account {target.account}, prefix {target.prefix}"
    print(f"{len(this.probes)} probes against {where}", flush=True)
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, interrupt)
    try:
        this.prepare()
    except BaseException:
        # Nothing has been written yet.
        target.documents.forget()
        raise
    try:
        this.execute()
    except Interrupted:
        this.interrupted = True
        print("Interrupted; restoring and deleting.", flush=True)
    finally:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        this.clear()
        for note in this.notes:
            print(f"note: {note}")
        for left in this.left_behind:
            print(f"left behind: {left}")
        print(this.summary())
        if options.json:
            this.report(options.json)
    return this.exit_code()


def main():
    parser = arguments()
    options = parser.parse_args()
    if options.list:
        listing()
        return 0
    try:
        if options.finish:
            return finish(options)
        if not re.fullmatch(r"[0-9]{12}", options.account or "") or not options.region:
            parser.error("--account with 12 digits and --region are needed")
        if options.id and not re.fullmatch(r"[a-z0-9]{4,16}", options.id):
            parser.error("--id has 4 to 16 lower-case letters and digits")
        return run(options)
    except Interrupted:
        return 130
    except Unsafe as error:
        print(f"Not started: {error}", file=sys.stderr)
        return REFUSED_TO_START
    except (Differs, ClientError, BotoCoreError, OSError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return REFUSED_TO_START


if __name__ == "__main__":
    sys.exit(main())
