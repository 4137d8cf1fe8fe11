"""Runs the probes twice against a sandbox, and proves that they leave nothing behind.

Usage: python -m conformance.sandbox LONGSHORE [JSON]

LONGSHORE is the program, which is started with a new state directory. JSON is the report of the
second run. The first run has an empty registry; the second one has repositories, a replication
configuration and a policy, which must be the same afterwards. Then a run is interrupted, another
one killed and finished, and a run with a prefix that is taken must refuse to start. A second sandbox
accepts documents that ECR refuses: the run must say so, and undo them.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from .documents import canonical

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "us-west-2"
TESTS = Path(__file__).resolve().parents[1]
KEPT = "kept/app"
RULES = {"rules": [{
    "destinations": [{"region": REGION, "registryId": OTHER}],
    "repositoryFilters": [{"filter": "kept/", "filterType": "PREFIX_MATCH"}],
    "deleteReplication": {"enabled": True},
}]}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{
        "Sid": "Kept",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": [f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/kept/*"],
    }],
}


class Sandbox:
    """A sandbox of its own, which ends with the block."""

    def __init__(self, program, directory, *more):
        self.directory = directory
        state = os.path.join(directory, "sandbox")
        self.process = subprocess.Popen(
            [program, "sandbox", "serve", "--state", state, "--port", "0", "--json", *more],
            stdout=subprocess.PIPE, text=True,
        )
        ready = json.loads(self.process.stdout.readline())
        self.url = ready["control"]
        keys = next(c for c in ready["credentials"] if c["account"] == ACCOUNT)
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": directory,
            "PYTHONPATH": str(TESTS),
            "AWS_ACCESS_KEY_ID": keys["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"],
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self.ecr = botocore.session.get_session().create_client(
            "ecr", region_name=REGION, endpoint_url=self.url,
            aws_access_key_id=keys["access_key_id"], aws_secret_access_key=keys["secret_access_key"],
            config=Config(proxies={}),
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def use(self):
        """Makes the registry one in use."""
        self.ecr.create_repository(repositoryName=KEPT)
        self.ecr.put_replication_configuration(replicationConfiguration=RULES)
        self.ecr.put_registry_policy(policyText=json.dumps(POLICY))

    def start(self, *more):
        line = [sys.executable, "-m", "conformance", "--account", ACCOUNT, "--region", REGION]
        line += ["--endpoint-url", self.url, "--state", self.directory, *more]
        return subprocess.Popen(line, env=self.environment)

    def run(self, *more):
        return self.start(*more).wait()

    def seen(self):
        """Everything of the registry that a run could have changed."""
        pages = self.ecr.get_paginator("describe_repositories").paginate()
        repositories = [r for page in pages for r in page["repositories"]]
        images = {
            r["repositoryName"]: sorted(map(str, self.ecr.list_images(repositoryName=r["repositoryName"])["imageIds"]))
            for r in repositories
        }
        try:
            policy = self.ecr.get_registry_policy()["policyText"]
        except ClientError:
            policy = None
        described = self.ecr.describe_registry()["replicationConfiguration"]
        return json.dumps([repositories, images, described, canonical(policy)], default=str, sort_keys=True)

    def until_rule_of_a_probe(self, process):
        """Waits until a run has written a rule of its own."""
        while process.poll() is None:
            if "longshore-conformance-" in json.dumps(self.ecr.describe_registry()["replicationConfiguration"]):
                return True
            time.sleep(0.005)
        return False


def check(failures, name, good):
    print(f"{'ok' if good else 'FAILED':8} {name}", flush=True)
    if not good:
        failures.append(name)


def main():
    program, report = sys.argv[1], sys.argv[2:3]
    failures = []
    with tempfile.TemporaryDirectory() as directory, Sandbox(program, directory) as sandbox:
        def files():
            return [name for name in os.listdir(directory) if name.startswith("longshore-conformance-")]

        def unchanged(name, before):
            check(failures, f"{name} leaves the registry as it was", sandbox.seen() == before)
            check(failures, f"{name} leaves no file", not files())

        before = sandbox.seen()
        print("First run, with an empty registry", flush=True)
        check(failures, "the first run has no differences", sandbox.run("--documents") == 0)
        unchanged("the first run", before)

        sandbox.use()
        before = sandbox.seen()
        print("Second run, with a registry in use", flush=True)
        to = [part for file in report for part in ("--json", os.path.abspath(file))]
        check(failures, "the second run has no differences", sandbox.run("--documents", *to) == 0)
        unchanged("the second run", before)

        print("Runs that end early, and runs that must not start", flush=True)
        interrupted = sandbox.start("--documents", "--only", "a-")
        written = sandbox.until_rule_of_a_probe(interrupted)
        interrupted.send_signal(signal.SIGINT)
        check(failures, "an interrupted run says so", written and interrupted.wait() == 130)
        unchanged("an interrupted run", before)

        killed = sandbox.start("--documents", "--only", "a-registry")
        written = sandbox.until_rule_of_a_probe(killed)
        killed.kill()
        killed.wait()
        check(failures, "a killed run leaves its file", written and len(files()) == 1)
        left = os.path.join(directory, files()[0]) if files() else "none"
        check(failures, "a killed run is finished", sandbox.run("--finish", left) == 0)
        unchanged("a finished run", before)

        file = os.path.join(directory, "report.json")
        sandbox.run("--json", file, "--only", "registry", "--only", "replicat", "--only", "account-setting")
        written = ("PutReplicationConfiguration", "PutRegistryPolicy", "DeleteRegistryPolicy", "PutAccountSetting")
        probes = json.loads(Path(file).read_text(encoding="utf-8"))["probes"]
        made = {request["operation"] for probe in probes for request in probe["requests"]}
        check(failures, "a run without --documents writes none", made and not made & set(written))
        unchanged("a run without --documents", before)

        sandbox.ecr.create_repository(repositoryName="longshore-conformance-taken/x")
        before = sandbox.seen()
        check(failures, "a prefix that is taken is refused", sandbox.run("--id", "taken") == 2)
        unchanged("a refused run", before)
        everything = {"rules": [{k: v for k, v in RULES["rules"][0].items() if k != "repositoryFilters"}]}
        sandbox.ecr.put_replication_configuration(replicationConfiguration=everything)
        before = sandbox.seen()
        check(failures, "a rule that would copy the images is refused", sandbox.run() == 2)
        unchanged("a refused run", before)

    print("Documents that are accepted although ECR refuses them", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        with Sandbox(program, directory, "--switch", "documents-unchecked") as sandbox:
            sandbox.use()
            before = sandbox.seen()
            only = ("registry", "filter", "destination", "configuration", "principal")
            code = sandbox.run("--documents", *[part for text in only for part in ("--only", text)])
            check(failures, "a run without checks differs", code == 1)
            check(failures, "it leaves the registry as it was", sandbox.seen() == before)
    if failures:
        print(f"{len(failures)} failed: {'; '.join(failures)}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
