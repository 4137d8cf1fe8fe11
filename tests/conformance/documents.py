"""The two documents of a registry that others use too: replication configuration and policy.

They are read and kept in a file before anything else happens, every write consists of the former
document and an addition of ours, and `restore` brings back exactly what was there.
"""

import functools
import json
import os
import time

from botocore.exceptions import ClientError

from .probe import Differs, Skipped, refused

NO_POLICY = "RegistryPolicyNotFoundException"
MOST_RULES, MOST_DESTINATIONS, LONGEST_POLICY = 25, 25, 10_240


class Unsafe(Exception):
    """Why nothing may be probed here."""


def canonical(value):
    """A policy or a configuration without what ECR rewrites: lists in any order, single values, root ARNs."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return json.dumps(_sorted(value), sort_keys=True)


def _sorted(value):
    if isinstance(value, dict):
        return {name: _sorted(member) for name, member in value.items()}
    if isinstance(value, list):
        members = sorted((_sorted(member) for member in value), key=lambda m: json.dumps(m, sort_keys=True))
        return members[0] if len(members) == 1 else members
    return value


def statements(policy):
    """The statements of a policy's text, as a list."""
    found = json.loads(policy).get("Statement", []) if policy else []
    return found if isinstance(found, list) else [found]


class Documents:
    """Both documents of one registry, as they were, and what the probes add to them."""

    def __init__(self, target, directory):
        self.target = target
        self.id = target.prefix.strip("/").rsplit("-", 1)[-1]
        self.file = os.path.join(directory, f"{target.prefix.strip('/')}.json")
        self.replication = self.policy = None
        self.touched, self.refused, self.proven = set(), None, False
        # What was sent although it must be refused.
        self.sent = set()
        # How far apart two equal reads are before a document counts as settled.
        self.pause = 0.05 if target.on_loopback else 3

    # Reading and keeping.

    def read_replication(self):
        return self.target.document("DescribeRegistry").get("replicationConfiguration") or {"rules": []}

    def read_policy(self):
        try:
            return self.target.document("GetRegistryPolicy")["policyText"]
        except ClientError as error:
            if error.response["Error"]["Code"] != NO_POLICY:
                raise
            return None

    def keep(self):
        """Reads both documents and writes them to the file."""
        self.replication = self._settled(self.read_replication)
        try:
            self.policy = self._settled(self.read_policy)
        except ClientError as error:
            self.refused = f"the registry's policy cannot be read: {error}"
        prefix = self.target.prefix
        for rule in self.replication["rules"]:
            filters = [f["filter"] for f in rule.get("repositoryFilters") or [{"filter": ""}]]
            if any(prefix.startswith(text) or text.startswith(prefix) for text in filters):
                raise Unsafe("a replication rule would copy what the probes push: " + json.dumps(rule))
        self._write()

    def load(self):
        """Takes both documents from the file of an earlier run."""
        with open(self.file, encoding="utf-8") as file:
            kept = json.load(file)
        self.replication, self.policy = kept["replicationConfiguration"], kept["policyText"]
        self.touched = set(kept["touched"])

    def forget(self):
        if os.path.exists(self.file):
            os.remove(self.file)

    def _write(self):
        content = {
            "account": self.target.account,
            "region": self.target.region,
            "endpoint": self.target.endpoint,
            "prefix": self.target.prefix,
            "touched": sorted(self.touched),
            "replicationConfiguration": self.replication,
            "policyText": self.policy,
        }
        with open(self.file + ".new", "w", encoding="utf-8", opener=private) as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self.file + ".new", self.file)

    def _settled(self, read):
        """Two equal reads some seconds apart: for that long, ECR may still return a former document."""
        found = read()
        for _ in range(10):
            time.sleep(self.pause)
            again = read()
            if canonical(again) == canonical(found):
                return again
            found = again
        raise Unsafe("the registry's documents are being changed; try again later")

    # Writing.

    def may_write(self):
        """Once, before the first probe: writes back what is there, which proves that it can be restored."""
        if self.refused:
            raise Skipped(self.refused)
        if self.proven:
            return
        try:
            self.put_replication([])
            if self.policy is not None:
                self._put_policy(self.policy)
        except ClientError as error:
            self.refused = f"the registry's own documents cannot be written back: {error}"
            raise Skipped(self.refused) from error
        self.proven = True

    def _touch(self, what):
        if what not in self.touched:
            self.touched.add(what)
            self._write()

    def put_replication(self, rules):
        """The rules that were there, and `rules`."""
        self._touch("replication")
        configuration = {**self.replication, "rules": self.replication["rules"] + rules}
        answer = self.target.document("PutReplicationConfiguration", {"replicationConfiguration": configuration})
        return answer["replicationConfiguration"], configuration

    def _put_policy(self, text):
        self._touch("policy")
        return self.target.document("PutRegistryPolicy", {"policyText": text})

    def with_statements(self, *added):
        """The text of the policy that was there with further statements."""
        policy = json.loads(self.policy) if self.policy else {"Version": "2012-10-17"}
        return json.dumps({**policy, "Statement": statements(self.policy) + list(added)}, separators=(",", ":"))

    def put_policy(self, text):
        if len(text) > LONGEST_POLICY:
            raise Skipped("the registry's policy leaves no room for another statement")
        return self._put_policy(text)

    def delete_policy(self):
        if self.policy is not None:
            raise Skipped("the registry has a policy, which is not deleted for a probe")
        self._touch("policy")
        return self.target.document("DeleteRegistryPolicy")

    def replication_refused(self, codes, rules, saying=None):
        """The rules that were there and `rules` must be refused."""
        sent = {**self.replication, "rules": self.replication["rules"] + rules}
        put = functools.partial(self.put_replication, rules)
        self._undone_unless_refused(codes, put, sent, self.restore_replication, saying)

    def configuration_refused(self, codes, body):
        """A whole request must be refused."""

        def put():
            self._touch("replication")
            return self.target.document("PutReplicationConfiguration", body)

        self._undone_unless_refused(codes, put, {"rules": []}, self.restore_replication, None)

    def policy_refused(self, codes, text, saying=None):
        put = functools.partial(self._put_policy, text)
        self._undone_unless_refused(codes, put, text, self.restore_policy, saying)

    def _undone_unless_refused(self, codes, put, sent, restore, saying):
        self.sent.add(canonical(sent))
        try:
            refused(codes, put, saying)
            self.sent.discard(canonical(sent))
        except Differs:
            restore()
            raise

    # What is ours.

    def sid(self, number=1):
        return f"LongshoreConformance{self.id}n{number}"

    def filter(self, number=1):
        """A prefix that no repository has."""
        return f"{self.target.prefix}none/{number}-"

    def _without_rules(self, configuration):
        def ours(rule):
            filters = rule.get("repositoryFilters") or []
            return any(self.target.prefix in f.get("filter", "") for f in filters)

        return {**configuration, "rules": [rule for rule in configuration["rules"] if not ours(rule)]}

    def _without_statements(self, policy):
        if policy is None:
            return None
        ours = f"LongshoreConformance{self.id}n"
        left = [s for s in statements(policy) if not str(s.get("Sid", "")).startswith(ours)]
        if len(left) == len(statements(policy)):
            return policy
        return json.dumps({**json.loads(policy), "Statement": left}) if left else None

    # Restoring.

    def restore(self):
        """Brings both documents back; returns what a person should know."""
        notes = []
        for what, restore in (("replication", self.restore_replication), ("policy", self.restore_policy)):
            if what in self.touched:
                notes += restore()
        return notes

    def restore_replication(self):
        def put(configuration):
            self.target.document("PutReplicationConfiguration", {"replicationConfiguration": configuration})

        return self._restore(
            "replication configuration", self.replication, self.read_replication, self._without_rules, put
        )

    def restore_policy(self):
        def put(text):
            if text is not None:
                self.target.document("PutRegistryPolicy", {"policyText": text})
                return
            try:
                self.target.document("DeleteRegistryPolicy")
            except ClientError as error:
                if error.response["Error"]["Code"] != NO_POLICY:
                    raise

        return self._restore("registry policy", self.policy, self.read_policy, self._without_statements, put)

    def _restore(self, name, former, read, without_ours, put):
        """Writes what was there, unless another writer changed it since: then only ours is taken out.

        It is written even if it reads as restored: a write that was interrupted may still be on its way.
        """
        notes, current = [], read()
        left = former if canonical(current) in self.sent else without_ours(current)
        if canonical(left) != canonical(former):
            notes.append(f"the {name} was changed elsewhere meanwhile; only the probes' parts were taken out of it")
            former = left
        if not notes or canonical(current) != canonical(left):
            put(former)

        def restored():
            if canonical(self._settled(read)) != canonical(former):
                raise Differs(f"the {name} is not what it was before")

        self.target.eventually(restored)
        return notes


def private(path, flags):
    return os.open(path, flags, 0o600)
