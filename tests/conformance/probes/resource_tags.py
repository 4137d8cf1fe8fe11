"""Tags on repositories as resources."""

from ..probe import API, INVALID, equal, probe, refused
from .repositories import arn


def tags(t, name):
    listed = t.ecr.list_tags_for_resource(resourceArn=arn(t, name))["tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def tag_list(count):
    return [{"Key": f"key{n}", "Value": ""} for n in range(count)]


@probe("CreateRepository ListTagsForResource", f"{API}, CreateRepository")
def resource_tags_are_given_at_creation(t):
    """ListTagsForResource has them; the value may be empty."""
    name = t.repository(tags=[{"Key": "team", "Value": "a"}, {"Key": "empty", "Value": ""}])
    t.eventually(lambda: equal("the tags", tags(t, name), {"team": "a", "empty": ""}))


@probe("TagResource UntagResource ListTagsForResource", f"{API}, TagResource")
def resource_tags_are_added_replaced_and_removed(t):
    """Tags that are not named stay as they are; removing a key that is not set is no error."""
    name = t.repository(tags=[{"Key": "team", "Value": "a"}, {"Key": "cost", "Value": "1"}])
    more = [{"Key": "cost", "Value": "2"}, {"Key": "new", "Value": "x"}]
    t.ecr.tag_resource(resourceArn=arn(t, name), tags=more)
    t.eventually(lambda: equal("the tags", tags(t, name), {"team": "a", "cost": "2", "new": "x"}))
    t.ecr.untag_resource(resourceArn=arn(t, name), tagKeys=["team", "missing"])
    t.eventually(lambda: equal("the tags", tags(t, name), {"cost": "2", "new": "x"}))


@probe("CreateRepository TagResource", f"{API}, TooManyTagsException")
def a_repository_has_50_resource_tags_at_most(t):
    """50 are accepted; 51 at creation, and one more later: TooManyTagsException."""
    name = t.repository(tags=tag_list(50))
    more = [{"Key": "more", "Value": ""}]
    refused("TooManyTagsException", t.ecr.tag_resource, resourceArn=arn(t, name), tags=more)
    refused("TooManyTagsException", t.ecr.create_repository, repositoryName=t.name(), tags=tag_list(51))


@probe("TagResource", f"{API}, InvalidTagParameterException")
def resource_tags_have_bounded_lengths(t):
    """Keys of 128 and values of 256 characters are accepted; one more: InvalidTagParameterException."""
    resource = arn(t, t.repository())
    t.ecr.tag_resource(resourceArn=resource, tags=[{"Key": "k" * 128, "Value": "v" * 256}])
    for key, value in (("k" * 129, ""), ("k", "v" * 257)):
        wrong = [{"Key": key, "Value": value}]
        refused("InvalidTagParameterException", t.ecr.tag_resource, resourceArn=resource, tags=wrong)


@probe("ListTagsForResource TagResource", f"{API}, ListTagsForResource")
def only_repositories_have_resource_tags(t):
    """An ARN of something else: InvalidParameterException; of an unknown repository: RepositoryNotFoundException."""
    for wrong in ("arn:aws:s3:::bucket", "nonsense"):
        refused(INVALID, t.ecr.list_tags_for_resource, resourceArn=wrong)
    unknown = arn(t, t.name())
    refused("RepositoryNotFoundException", t.ecr.list_tags_for_resource, resourceArn=unknown)
    refused("RepositoryNotFoundException", t.ecr.tag_resource, resourceArn=unknown, tags=tag_list(1))
