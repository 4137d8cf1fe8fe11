"""Runs the probes one after the other, and clears everything away."""

import json
import time
from datetime import datetime, timezone

import botocore
from botocore.exceptions import BotoCoreError, ClientError

from .documents import Unsafe
from .probe import ALL, Differs, Skipped, short

OK, DIFFERS, SKIPPED = "ok", "differs", "skipped"


class Run:
    """One run against a target: results, and what could not be cleared away."""

    def __init__(self, target, write_documents, only=None):
        self.target, self.write_documents = target, write_documents
        chosen = [probe for probe in ALL if not only or any(text in probe.name for text in only)]
        # The documents come last, so that they are as they were for as long as possible.
        self.probes = sorted(chosen, key=lambda probe: probe.documents)
        self.results, self.notes, self.left_behind = [], [], []
        self.started, self.interrupted, self.restored = datetime.now(timezone.utc), False, None

    def prepare(self):
        """Refuses to start where something could be harmed. Nothing is written before it returns."""
        if not self.probes:
            raise Unsafe("no probe has such a name")
        taken = self.target.repositories()
        if taken:
            raise Unsafe(f"repositories with the prefix exist: {', '.join(taken[:5])}")
        self.target.documents.keep()

    def execute(self):
        for probe in self.probes:
            before, began = len(self.target.requests), time.monotonic()
            self.target.probe = probe.name
            result, reason = self._result(probe)
            reason = reason and " ".join(reason.split())
            self.results.append({
                "name": probe.name,
                "result": result,
                "reason": reason,
                "calls": probe.calls,
                "expects": probe.expects,
                "source": probe.source,
                "milliseconds": round((time.monotonic() - began) * 1000),
                "requests": self.target.requests[before:],
            })
            print(f"{result:8} {probe.name}" + (f": {reason}" if reason else ""), flush=True)
            self._delete_repositories()

    def _result(self, probe):
        try:
            if probe.documents:
                if not self.write_documents:
                    raise Skipped("it writes a document of the registry, which needs --documents")
                self.target.documents.may_write()
            probe.run(self.target)
            return OK, None
        except Skipped as error:
            return SKIPPED, str(error)
        except Differs as error:
            return DIFFERS, str(error)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "UnknownOperationException":
                return SKIPPED, f"{code}: {error.operation_name} is not known here"
            if code == "AccessDeniedException" and not self.target.on_loopback:
                return SKIPPED, f"not allowed: {error}"
            return DIFFERS, f"unexpected {code} for {error.operation_name}: {error.response['Error'].get('Message')}"
        except (KeyError, IndexError, TypeError, ValueError) as error:
            return DIFFERS, f"a response lacks something: {type(error).__name__}: {short(str(error))}"
        except BotoCoreError as error:
            return DIFFERS, f"{type(error).__name__}: {error}"

    def _delete_repositories(self):
        """Keeps the account small while the run lasts. What fails here is found again by `clear`."""
        for name in sorted(self.target.made):
            try:
                self.target.ecr.delete_repository(repositoryName=name, force=True)
            except ClientError:
                pass
        self.target.made.clear()

    def clear(self):
        """Restores the documents, then deletes all repositories and templates under the prefix."""
        documents, target = self.target.documents, self.target
        target.probe = "clear"
        try:
            self.notes += documents.restore()
            self.restored = True
        except Exception as error:  # pylint: disable=broad-except
            # Whatever it is, the repositories are deleted and the file is kept.
            self.restored = False
            self.left_behind.append(f"the registry's documents: {error}")
        try:
            self.left_behind += clear_prefix(target)
        except (ClientError, BotoCoreError) as error:
            self.left_behind.append(f"repositories with the prefix {target.prefix}: {error}")
        if self.left_behind:
            self.notes.append(f"finish with: --finish {documents.file}")
        else:
            documents.forget()

    def count(self, result):
        return sum(1 for r in self.results if r["result"] == result)

    def summary(self):
        parts = [f"{self.count(OK)} ok", f"{self.count(DIFFERS)} differ", f"{self.count(SKIPPED)} skipped"]
        missing = len(self.probes) - len(self.results)
        return ", ".join(parts + ([f"{missing} not run"] if missing else []))

    def report(self, file):
        target = self.target
        content = {
            "started": self.started.isoformat(timespec="seconds"),
            "endpoint": target.url,
            "account": target.account,
            "region": target.region,
            "prefix": target.prefix,
            "botocore": botocore.__version__,
            "interrupted": self.interrupted,
            "documents": {"written": sorted(target.documents.touched), "restored": self.restored},
            "left_behind": self.left_behind,
            "notes": self.notes,
            "ok": self.count(OK),
            "differs": self.count(DIFFERS),
            "skipped": self.count(SKIPPED),
            "not_run": len(self.probes) - len(self.results),
            "probes": self.results,
        }
        with open(file, "w", encoding="utf-8") as out:
            json.dump(content, out, indent=2)
            out.write("\n")

    def exit_code(self):
        if self.interrupted:
            return 130
        return 1 if self.count(DIFFERS) or self.left_behind else 0


def clear_prefix(target):
    """Deletes what lies under the prefix, until a listing has nothing of it; returns what stays."""
    for delete, listed in (
        (lambda prefix: target.ecr.delete_repository_creation_template(prefix=prefix), target.templates),
        (lambda name: target.ecr.delete_repository(repositoryName=name, force=True), target.repositories),
    ):
        for name in listed():
            try:
                delete(name)
            except ClientError as error:
                if "NotFound" not in error.response["Error"]["Code"]:
                    return [f"{name}: {error}"]

    def gone():
        left = target.repositories() + target.templates()
        if left:
            raise Differs(", ".join(left))

    try:
        target.eventually(gone)
    except Differs as error:
        return [str(error)]
    return []
