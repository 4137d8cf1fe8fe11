"""Life-cycle policies and their preview."""

import json

from ..probe import API, GUIDE, INVALID, MODEL, QUOTAS, equal, expect, probe, refused


def rule(priority=1, action=None, **selection):
    return {
        "rulePriority": priority,
        "description": "Written by a probe of Longshore.",
        "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1, **selection},
        "action": action or {"type": "expire"},
    }


def tagged(priority=1, **selection):
    return rule(priority, tagStatus="tagged", **selection)


def policy(*rules):
    return json.dumps({"rules": list(rules or [rule()])})


@probe("PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy", f"{API}, PutLifecyclePolicy")
def a_lifecycle_policy_is_put_read_and_deleted(t):
    """Each response has registry, repository and the policy; a second Put replaces it."""
    of = dict(repositoryName=t.repository())
    for text in (policy(), policy(rule(2, countNumber=5), tagged(tagPatternList=["v*"]))):
        put = t.ecr.put_lifecycle_policy(lifecyclePolicyText=text, **of)

        def holds(answer, text=text):
            equal("registryId", answer["registryId"], t.account)
            equal("repositoryName", answer["repositoryName"], of["repositoryName"])
            equal("the policy", json.loads(answer["lifecyclePolicyText"]), json.loads(text))

        holds(put)
        t.eventually(lambda: holds(t.ecr.get_lifecycle_policy(**of)))
    holds(t.ecr.delete_lifecycle_policy(**of))
    t.eventually(lambda: refused("LifecyclePolicyNotFoundException", t.ecr.get_lifecycle_policy, **of))


@probe("GetLifecyclePolicy DeleteLifecyclePolicy", f"{API}, LifecyclePolicyNotFoundException")
def a_repository_has_no_lifecycle_policy_at_first(t):
    """LifecyclePolicyNotFoundException, also for DeleteLifecyclePolicy."""
    of = dict(repositoryName=t.repository())
    refused("LifecyclePolicyNotFoundException", t.ecr.get_lifecycle_policy, **of)
    refused("LifecyclePolicyNotFoundException", t.ecr.delete_lifecycle_policy, **of)


@probe("PutLifecyclePolicy", f"{MODEL}, LifecyclePolicyText")
def a_lifecycle_policy_has_100_to_30720_characters(t):
    """A shorter and a longer text, both valid otherwise: InvalidParameterException."""
    of = dict(repositoryName=t.repository())
    short = json.dumps({"rules": []})
    long = policy(*[dict(tagged(n, tagPatternList=[f"v{n}*"]), description="d" * 700) for n in range(1, 45)])
    expect(len(long) > 30720, "the text is not long enough")
    for text in (short, long):
        refused(INVALID, t.ecr.put_lifecycle_policy, lifecyclePolicyText=text, **of)


@probe("PutLifecyclePolicy", f"{QUOTAS}")
def a_lifecycle_policy_has_50_rules_at_most(t):
    """50 are accepted, 51: InvalidParameterException."""
    of = dict(repositoryName=t.repository())
    rules = [tagged(n, tagPatternList=[f"v{n}*"]) for n in range(1, 52)]
    refused(INVALID, t.ecr.put_lifecycle_policy, lifecyclePolicyText=policy(*rules), **of)
    t.ecr.put_lifecycle_policy(lifecyclePolicyText=policy(*rules[:50]), **of)


# Documents that "Lifecycle policy parameters" and "Lifecycle policies" of the User Guide exclude.
WRONG = {
    "no priority": policy({k: v for k, v in rule().items() if k != "rulePriority"}),
    "a priority of 0": policy(rule(0)),
    "one priority twice": policy(tagged(tagPrefixList=["a"]), tagged(tagPrefixList=["b"])),
    "a count of 0": policy(rule(countNumber=0)),
    "a unit for a number of images": policy(rule(countUnit="days")),
    "an age without its unit": policy(rule(countType="sinceImagePushed")),
    "an unknown count": policy(rule(countType="sinceImageBlessed")),
    "an unknown status": policy(rule(tagStatus="sometimes")),
    "an unknown action": policy(rule(action={"type": "freeze"})),
    "tagged without a list": policy(tagged()),
    "both lists": policy(tagged(tagPrefixList=["a"], tagPatternList=["a*"])),
    "a list for untagged images": policy(rule(tagPrefixList=["a"])),
    "five wildcards": policy(tagged(tagPatternList=["*a*b*c*d*"])),
    "any before another rule": policy(rule(1, tagStatus="any"), rule(2)),
    "two rules for untagged images": policy(rule(1), rule(2)),
    "a transition without its class": policy(rule(action={"type": "transition"})),
    "an unknown member": policy(dict(rule(), comment="x")),
    "no JSON": "{" + " " * 120,
}


@probe("PutLifecyclePolicy GetLifecyclePolicy", f"{GUIDE}, lifecycle policy parameters")
def a_lifecycle_policy_is_validated(t):
    """Priorities, counts, units, lists, wildcards, actions: InvalidParameterException, and no policy is stored."""
    of = dict(repositoryName=t.repository())
    for what, text in WRONG.items():
        def put(text=text):
            return t.ecr.put_lifecycle_policy(lifecyclePolicyText=text, **of)

        put.__name__ = f"put_lifecycle_policy with {what}"
        refused(INVALID, put)
    refused("LifecyclePolicyNotFoundException", t.ecr.get_lifecycle_policy, **of)


@probe("PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy", f"{API}, RepositoryNotFoundException")
def a_lifecycle_policy_needs_a_repository(t):
    """RepositoryNotFoundException."""
    of = dict(repositoryName=t.name())
    refused("RepositoryNotFoundException", t.ecr.put_lifecycle_policy, lifecyclePolicyText=policy(), **of)
    refused("RepositoryNotFoundException", t.ecr.get_lifecycle_policy, **of)
    refused("RepositoryNotFoundException", t.ecr.delete_lifecycle_policy, **of)


@probe("GetLifecyclePolicyPreview", f"{API}, LifecyclePolicyPreviewNotFoundException")
def a_repository_has_no_preview_at_first(t):
    """LifecyclePolicyPreviewNotFoundException."""
    missing = "LifecyclePolicyPreviewNotFoundException"
    refused(missing, t.ecr.get_lifecycle_policy_preview, repositoryName=t.repository())


@probe("StartLifecyclePolicyPreview", f"{API}, StartLifecyclePolicyPreview")
def a_preview_without_text_needs_a_policy(t):
    """LifecyclePolicyNotFoundException; a text that is no policy: InvalidParameterException."""
    of = dict(repositoryName=t.repository())
    refused("LifecyclePolicyNotFoundException", t.ecr.start_lifecycle_policy_preview, **of)
    refused(INVALID, t.ecr.start_lifecycle_policy_preview, lifecyclePolicyText=WRONG["a count of 0"], **of)


@probe("StartLifecyclePolicyPreview GetLifecyclePolicyPreview ListImages", f"{API}, GetLifecyclePolicyPreview")
def a_preview_lists_what_would_expire(t):
    """IN_PROGRESS, then COMPLETE with the older untagged image, its rule, EXPIRE and the total; nothing is deleted."""
    of = dict(repositoryName=t.repository())
    pushed = [t.push(of["repositoryName"]).digest for _ in range(2)]
    text = policy(rule(7, countNumber=1))
    started = t.ecr.start_lifecycle_policy_preview(lifecyclePolicyText=text, **of)
    equal("the status at the start", started["status"], "IN_PROGRESS")

    def complete():
        preview = t.ecr.get_lifecycle_policy_preview(**of)
        equal("the status", preview["status"], "COMPLETE")
        return preview

    preview = t.eventually(complete)
    equal("the policy", json.loads(preview["lifecyclePolicyText"]), json.loads(text))
    equal("the number of results", len(preview["previewResults"]), 1)
    result = preview["previewResults"][0]
    expect(result["imageDigest"] in pushed, "the result is another image")
    equal("action", result["action"]["type"], "EXPIRE")
    equal("appliedRulePriority", result["appliedRulePriority"], 7)
    equal("expiringImageTotalCount", preview["summary"]["expiringImageTotalCount"], 1)
    equal("the images", {d for d, _ in t.listed(of["repositoryName"])}, set(pushed))
