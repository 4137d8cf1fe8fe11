"""What a probe is, and how it says what it expects."""

import time
from dataclasses import dataclass
from typing import Callable

from botocore.exceptions import ClientError

# Where an expectation comes from.
API = "ECR API reference"
MODEL = "ECR API model"
GUIDE = "ECR User Guide"
QUOTAS = "AWS General Reference, ECR quotas"
OCI = "OCI distribution specification"
SIGNING = "IAM User Guide, troubleshoot signed requests"

INVALID = "InvalidParameterException"
# Both are declared for the same operations, and AWS does not say which of them names what.
INVALID_EITHER = (INVALID, "ValidationException")


class Differs(Exception):
    """The endpoint does not do what ECR is documented to do."""


class Skipped(Exception):
    """The probe cannot run here; says why."""


@dataclass(frozen=True)
class Probe:
    """One expectation: a name, the calls that are made, what is expected and where that is written."""

    name: str
    calls: tuple
    source: str
    expects: str
    documents: bool
    run: Callable


ALL = []


def probe(calls, source, documents=False):
    """Registers a function as a probe. `documents` marks those that write a document of the registry."""

    def register(function):
        name = function.__name__.replace("_", "-")
        assert all(known.name != name for known in ALL), f"two probes are named {name}"
        expects = " ".join(function.__doc__.split())
        ALL.append(Probe(name, tuple(calls.split()), source, expects, documents, function))
        return function

    return register


def expect(good, message):
    if not good:
        raise Differs(message)


def equal(what, found, expected):
    if found != expected:
        raise Differs(f"{what} is {short(found)}, expected {short(expected)}")


def short(value):
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"


def refused(codes, call, /, saying=None, **arguments):
    """Makes a call that must be refused with one of `codes`; returns the error's response."""
    codes = (codes,) if isinstance(codes, str) else codes
    expected = " or ".join(codes)
    name = getattr(call, "__name__", "<lambda>")
    name = "the call" if name == "<lambda>" else name
    try:
        call(**arguments)
    except ClientError as error:
        found, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if found not in codes and found in NOT_COUNTED:
            raise
        expect(found in codes, f"{error.operation_name} is refused with {found} ({message}), expected {expected}")
        expect(400 <= status < 500, f"{found} has the status {status}")
        expect(message, f"{found} has no message")
        if saying:
            expect(saying in message, f"{found} says {message!r}, expected {saying!r} in it")
        return error.response
    raise Differs(f"{name} is accepted{f' with {short(arguments)}' if arguments else ''}, expected {expected}")


# Refusals that say something about the endpoint or the caller, and nothing about the expectation.
NOT_COUNTED = ("UnknownOperationException", "AccessDeniedException", "ThrottlingException")


class Patience:
    """How long a read may still return what was there before a write."""

    def __init__(self, seconds):
        self.seconds = seconds

    def eventually(self, check):
        """Repeats `check` until it neither differs nor is refused, and returns its result."""
        end, pause = time.monotonic() + self.seconds, 0.05
        while True:
            try:
                return check()
            except (Differs, ClientError) as error:
                code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
                if code in NOT_COUNTED or time.monotonic() + pause > end:
                    raise
            time.sleep(pause)
            pause = min(pause * 2, 4)
