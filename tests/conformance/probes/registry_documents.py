"""Replication configuration and registry policy, with the documents that are there kept in every write."""

import json

from ..documents import LONGEST_POLICY, MOST_DESTINATIONS, MOST_RULES, canonical
from ..probe import API, GUIDE, INVALID, INVALID_EITHER, MODEL, QUOTAS, equal, expect, probe, refused

REFUSED = "Invalid registry policy provided"
UNCONFIRMED = "not documented; what the sandbox assumes"


def elsewhere(t):
    """Another Region of the partition, in which every account has a registry."""
    regions = ["us-east-2", "us-west-2", *t.session.get_available_regions("ecr", t.partition)]
    regions = [r for r in regions if r != t.region and t.session.get_partition_for_region(r) == t.partition]
    return regions[0]


def rule(t, number=1, **members):
    """A rule that matches no repository."""
    return {
        "destinations": [{"region": elsewhere(t), "registryId": t.account}],
        "repositoryFilters": [{"filter": t.documents.filter(number), "filterType": "PREFIX_MATCH"}],
        **members,
    }


def filtered(t, *texts, kind="PREFIX_MATCH"):
    return rule(t, repositoryFilters=[{"filter": text, "filterType": kind} for text in texts])


def room_for_rules(t, count=1):
    if len(t.documents.replication["rules"]) + count > MOST_RULES:
        t.skip(f"the registry has {len(t.documents.replication['rules'])} rules already")


def rules_read(t, configuration):
    sent = canonical(configuration["rules"])
    t.eventually(lambda: equal("the rules", canonical(t.documents.read_replication()["rules"]), sent))


@probe("PutReplicationConfiguration DescribeRegistry", f"{API}, PutReplicationConfiguration", documents=True)
def a_replication_rule_is_put_and_read(t):
    """The response and DescribeRegistry have the rules that were sent; a Put replaces all of them."""
    room_for_rules(t)
    for rules in ([rule(t)], [filtered(t, t.documents.filter(1), t.documents.filter(2))], []):
        answer, sent = t.documents.put_replication(rules)
        equal("the rules of the response", canonical(answer["rules"]), canonical(sent["rules"]))
        rules_read(t, sent)


@probe("PutReplicationConfiguration DescribeRegistry", f"{MODEL}, ReplicationRule since 2026-11", documents=True)
def delete_replication_is_kept(t):
    """deleteReplication with enabled true and false comes back."""
    room_for_rules(t, 2)
    rules = [rule(t, n, deleteReplication={"enabled": on}) for n, on in ((1, True), (2, False))]
    _, sent = t.documents.put_replication(rules)

    def kept():
        found = {
            r["repositoryFilters"][0]["filter"]: r.get("deleteReplication", {}).get("enabled")
            for r in t.documents.read_replication()["rules"] if r.get("repositoryFilters")
        }
        equal("deleteReplication", [found.get(t.documents.filter(n)) for n in (1, 2)], [True, False])

    t.eventually(kept)
    rules_read(t, sent)


@probe("PutReplicationConfiguration", f"{GUIDE}, replication; {UNCONFIRMED} for the code", documents=True)
def a_registry_does_not_replicate_to_itself(t):
    """Its own account and Region: InvalidParameterException or ValidationException."""
    room_for_rules(t)
    own = rule(t, destinations=[{"region": t.region, "registryId": t.account}])
    t.documents.replication_refused(INVALID_EITHER, [own])


@probe("PutReplicationConfiguration", f"{QUOTAS}", documents=True)
def a_registry_has_25_rules_at_most(t):
    """25 are accepted; 26: InvalidParameterException."""
    room = MOST_RULES - len(t.documents.replication["rules"])
    rules = [rule(t, n) for n in range(room + 1)]
    t.documents.replication_refused(INVALID, rules)
    _, sent = t.documents.put_replication(rules[:room])
    rules_read(t, sent)


@probe("PutReplicationConfiguration", f"{MODEL}, RepositoryFilterValue", documents=True)
def a_filter_is_a_prefix_of_names(t):
    """Upper case, a wildcard, a leading slash, an empty segment and one character: InvalidParameterException."""
    room_for_rules(t)
    ours = t.documents.filter()
    for text in (f"{ours}A", f"{ours}*", f"/{ours}", f"{ours}//x", "-", ""):
        # The second filter marks the rule as ours, should it be accepted.
        t.documents.replication_refused(INVALID, [filtered(t, text, ours)])
    t.documents.replication_refused(INVALID, [filtered(t, ours.ljust(257, "a"))])


@probe("PutReplicationConfiguration", f"{QUOTAS}", documents=True)
def a_rule_has_100_filters_at_most(t):
    """101: InvalidParameterException."""
    room_for_rules(t)
    t.documents.replication_refused(INVALID, [filtered(t, *[t.documents.filter(n) for n in range(101)])])


@probe("PutReplicationConfiguration", f"{MODEL}, RepositoryFilterType", documents=True)
def a_filter_has_a_known_type(t):
    """A type other than PREFIX_MATCH: InvalidParameterException."""
    room_for_rules(t)
    t.documents.replication_refused(INVALID, [filtered(t, t.documents.filter(), kind="WILDCARD")])


@probe("PutReplicationConfiguration", f"{MODEL}, ReplicationDestination", documents=True)
def a_destination_is_a_region_and_an_account(t):
    """What is no account id, what is no Region name, and neither: InvalidParameterException."""
    room_for_rules(t)
    region = elsewhere(t)
    for wrong in (
        {"region": region, "registryId": "1234"}, {"region": "US_WEST", "registryId": t.account},
        {"region": region}, {"registryId": t.account},
    ):
        t.documents.replication_refused(INVALID, [rule(t, destinations=[wrong])])


@probe("PutReplicationConfiguration", f"{UNCONFIRMED}", documents=True)
def a_destination_is_in_a_known_region(t):
    """A Region that does not exist: InvalidParameterException or ValidationException."""
    room_for_rules(t)
    unknown = rule(t, destinations=[{"region": "xx-nowhere-9", "registryId": t.account}])
    t.documents.replication_refused(INVALID_EITHER, [unknown])


@probe("PutReplicationConfiguration", f"{QUOTAS}", documents=True)
def a_registry_has_25_destinations_at_most(t):
    """26 different ones over all rules: InvalidParameterException or ValidationException."""
    room_for_rules(t, 2)
    region, half = elsewhere(t), MOST_DESTINATIONS // 2
    accounts = [{"region": region, "registryId": f"9000000000{n:02}"} for n in range(MOST_DESTINATIONS + 1)]
    rules = [rule(t, 1, destinations=accounts[:half]), rule(t, 2, destinations=accounts[half:])]
    t.documents.replication_refused(INVALID_EITHER, rules)


@probe("PutReplicationConfiguration", f"{MODEL}, required members", documents=True)
def a_configuration_has_rules(t):
    """A configuration without rules, and none: InvalidParameterException or ValidationException."""
    for body in ({"replicationConfiguration": {}}, {}):
        t.documents.configuration_refused(INVALID_EITHER, body)


# The registry policy.


def statement(t, number=1, **members):
    """Allows the registry's own account what it may do anyway, on repositories that do not exist."""
    found = {
        "Sid": t.documents.sid(number),
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{t.partition}:iam::{t.account}:root"},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": [f"arn:{t.partition}:ecr:{t.region}:{t.account}:repository/{t.documents.filter(number)}*"],
        **members,
    }
    return {name: value for name, value in found.items() if value is not None}


def policy_read(t, text):
    t.eventually(lambda: equal("the policy", canonical(t.documents.read_policy()), canonical(text)))


@probe("PutRegistryPolicy GetRegistryPolicy", f"{API}, PutRegistryPolicy", documents=True)
def a_registry_policy_is_put_and_read(t):
    """registryId and the policy; a Put replaces the whole document; lists may come in another order."""
    for added in ([statement(t, 1), statement(t, 2)], [statement(t, 2)]):
        text = t.documents.with_statements(*added)
        answer = t.documents.put_policy(text)
        equal("registryId", answer["registryId"], t.account)
        equal("the policy of the response", canonical(answer["policyText"]), canonical(text))
        policy_read(t, text)


@probe(
    "PutRegistryPolicy GetRegistryPolicy",
    "crossplane-contrib/provider-aws#700, for repository policies",
    documents=True,
)
def an_account_id_in_a_registry_policy_comes_back_as_its_root(t):
    """A principal that is an account id is read as arn:…:iam::ID:root."""
    t.documents.put_policy(t.documents.with_statements(statement(t, Principal={"AWS": t.account})))
    policy_read(t, t.documents.with_statements(statement(t)))


@probe("PutRegistryPolicy", "hashicorp/terraform-provider-aws#40933", documents=True)
def a_registry_policy_is_validated(t):
    """An action of another service, no principal, an unknown effect, no JSON: refused as an invalid registry policy."""
    wrong = (statement(t, Action="s3:GetObject"), statement(t, Principal=None), statement(t, Effect="Perhaps"))
    for added in wrong:
        t.documents.policy_refused(INVALID, t.documents.with_statements(added), REFUSED)
    t.documents.policy_refused(INVALID, t.documents.with_statements(statement(t))[:-1], REFUSED)


@probe("PutRegistryPolicy", "AWS re:Post, IAM resource policy format", documents=True)
def a_deleted_principal_is_refused(t):
    """A unique id that belongs to nobody: InvalidParameterException."""
    nobody = statement(t, Principal={"AWS": "AROAAAAAAAAAAAAAAAAAA"})
    t.documents.policy_refused(INVALID, t.documents.with_statements(nobody))


@probe("PutRegistryPolicy", f"{MODEL}, RegistryPolicyText", documents=True)
def a_registry_policy_has_10240_characters_at_most(t):
    """InvalidParameterException."""
    text = t.documents.with_statements(statement(t)).ljust(LONGEST_POLICY + 1)
    t.documents.policy_refused(INVALID, text)


@probe("PutRegistryPolicy GetAccountSetting", f"{GUIDE}, registry-permissions", documents=True)
def the_scope_says_which_actions_a_policy_may_name(t):
    """ecr:BatchGetImage is accepted with REGISTRY_POLICY_SCOPE V2, and refused with V1."""
    text = t.documents.with_statements(statement(t, Action="ecr:BatchGetImage"))
    if t.ecr.get_account_setting(name="REGISTRY_POLICY_SCOPE")["value"] == "V1":
        t.documents.policy_refused(INVALID, text, REFUSED)
        return
    t.documents.put_policy(text)
    policy_read(t, text)


@probe("DeleteRegistryPolicy GetRegistryPolicy", f"{API}, RegistryPolicyNotFoundException", documents=True)
def a_registry_policy_is_deleted(t):
    """The response has the policy; after that RegistryPolicyNotFoundException, also for DeleteRegistryPolicy."""
    if t.documents.policy is not None:
        t.skip("the registry has a policy, which is not deleted for a probe")
    text = t.documents.with_statements(statement(t))
    t.documents.put_policy(text)
    policy_read(t, text)
    gone = t.documents.delete_policy()
    equal("registryId", gone["registryId"], t.account)
    equal("the deleted policy", canonical(gone["policyText"]), canonical(text))
    missing = "RegistryPolicyNotFoundException"
    t.eventually(lambda: refused(missing, lambda: t.document("GetRegistryPolicy")))
    t.eventually(lambda: refused(missing, lambda: t.document("DeleteRegistryPolicy")))
    expect(json.loads(gone["policyText"])["Statement"], "the deleted policy has no statements")
