"""Policies of repositories."""

import json

from ..documents import canonical
from ..probe import API, GUIDE, INVALID, MODEL, equal, probe, refused

REFUSED = "Invalid repository policy provided"


def document(t, **members):
    statement = {
        "Sid": "ConformancePull",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{t.partition}:iam::{t.account}:root"},
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        **members,
    }
    statement = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@probe("GetRepositoryPolicy DeleteRepositoryPolicy", f"{API}, RepositoryPolicyNotFoundException")
def a_repository_has_no_policy_at_first(t):
    """RepositoryPolicyNotFoundException, also for DeleteRepositoryPolicy."""
    of = dict(repositoryName=t.repository())
    refused("RepositoryPolicyNotFoundException", t.ecr.get_repository_policy, **of)
    refused("RepositoryPolicyNotFoundException", t.ecr.delete_repository_policy, **of)


@probe("SetRepositoryPolicy GetRepositoryPolicy DeleteRepositoryPolicy", f"{API}, SetRepositoryPolicy")
def a_repository_policy_is_set_read_and_deleted(t):
    """Each response has registry, repository and the policy; lists may come in another order."""
    of, text = dict(repositoryName=t.repository()), document(t)

    def holds(answer):
        equal("registryId", answer["registryId"], t.account)
        equal("repositoryName", answer["repositoryName"], of["repositoryName"])
        equal("the policy", canonical(answer["policyText"]), canonical(text))

    holds(t.ecr.set_repository_policy(policyText=text, **of))
    t.eventually(lambda: holds(t.ecr.get_repository_policy(**of)))
    holds(t.ecr.delete_repository_policy(**of))
    t.eventually(lambda: refused("RepositoryPolicyNotFoundException", t.ecr.get_repository_policy, **of))


@probe("SetRepositoryPolicy GetRepositoryPolicy", "crossplane-contrib/provider-aws#700")
def an_account_id_comes_back_as_its_root(t):
    """A principal that is an account id is read as arn:…:iam::ID:root."""
    of = dict(repositoryName=t.repository())
    t.ecr.set_repository_policy(policyText=document(t, Principal={"AWS": t.account}), **of)

    def read():
        found = json.loads(t.ecr.get_repository_policy(**of)["policyText"])["Statement"][0]["Principal"]["AWS"]
        equal("the principal", found, f"arn:{t.partition}:iam::{t.account}:root")

    t.eventually(read)


@probe("SetRepositoryPolicy", f"{GUIDE}, repository policies")
def a_repository_policy_is_validated(t):
    """No JSON, an action of another service, ecr:GetAuthorizationToken, no principal: refused as invalid."""
    of = dict(repositoryName=t.repository())
    wrong = (
        "{", "[]", document(t, Action="s3:GetObject"), document(t, Action="ecr:GetAuthorizationToken"),
        document(t, Principal=None), document(t, Effect="Perhaps"),
    )
    for text in wrong:
        refused(INVALID, t.ecr.set_repository_policy, saying=REFUSED, policyText=text, **of)
    refused("RepositoryPolicyNotFoundException", t.ecr.get_repository_policy, **of)


@probe("SetRepositoryPolicy", f"{MODEL}, RepositoryPolicyText")
def a_repository_policy_has_10240_characters_at_most(t):
    """InvalidParameterException."""
    of = dict(repositoryName=t.repository())
    text = document(t).ljust(10241)
    refused(INVALID, t.ecr.set_repository_policy, policyText=text, **of)


@probe("SetRepositoryPolicy", f"{API}, SetRepositoryPolicy")
def a_policy_that_locks_its_author_out_needs_force(t):
    """Without force: InvalidParameterException; with force it is set."""
    of = dict(repositoryName=t.repository())
    text = document(t, Effect="Deny", Principal="*", Action="ecr:SetRepositoryPolicy")
    refused(INVALID, t.ecr.set_repository_policy, policyText=text, **of)
    t.ecr.set_repository_policy(policyText=text, force=True, **of)


@probe("SetRepositoryPolicy GetRepositoryPolicy", f"{API}, RepositoryNotFoundException")
def a_policy_needs_a_repository(t):
    """RepositoryNotFoundException."""
    of = dict(repositoryName=t.name())
    refused("RepositoryNotFoundException", t.ecr.set_repository_policy, policyText=document(t), **of)
    refused("RepositoryNotFoundException", t.ecr.get_repository_policy, **of)
