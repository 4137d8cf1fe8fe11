"""Whether a tag can be moved to another image."""

from .. import images
from ..probe import API, GUIDE, INVALID, MODEL, equal, expect, probe, refused

TAKEN = "ImageTagAlreadyExistsException"


def filters(*texts):
    return [{"filterType": "WILDCARD", "filter": text} for text in texts]


def pushed_again(t, repository, tag):
    """Puts another image under a tag that exists."""
    manifest = images.image()
    for blob in manifest.blobs:
        t.upload(repository, blob)
    return t.ecr.put_image(repositoryName=repository, imageManifest=manifest.text, imageTag=tag)


@probe("PutImage", f"{GUIDE}, image-tag-mutability")
def an_immutable_tag_cannot_be_moved(t):
    """Another image: ImageTagAlreadyExistsException, and the tag stays. A further tag on the image is accepted."""
    repository = t.repository(imageTagMutability="IMMUTABLE")
    first = t.push(repository, tag="1")
    refused(TAKEN, lambda: pushed_again(t, repository, "1"))
    equal("the tag's digest", t.details(repository, imageTag="1")["imageDigest"], first.digest)
    t.ecr.put_image(repositoryName=repository, imageManifest=first.text, imageTag="2")


@probe("PutImage", "aws/containers-roadmap#2380")
def an_immutable_tag_refuses_the_same_image_too(t):
    """ImageTagAlreadyExistsException or ImageAlreadyExistsException; never a success."""
    repository = t.repository(imageTagMutability="IMMUTABLE")
    first = t.push(repository, tag="1")
    codes = (TAKEN, "ImageAlreadyExistsException")
    refused(codes, t.ecr.put_image, repositoryName=repository, imageManifest=first.text, imageTag="1")


@probe("CreateRepository PutImage", f"{GUIDE}, image-tag-mutability")
def excluded_tags_of_an_immutable_repository_can_be_moved(t):
    """IMMUTABLE_WITH_EXCLUSION with latest* and *-dev: those tags move, others do not."""
    repository = t.repository(
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters=filters("latest*", "*-dev")
    )
    for tag in ("latest", "latest-1", "2-dev"):
        t.push(repository, tag=tag)
        moved = pushed_again(t, repository, tag)["image"]["imageId"]
        equal(f"the digest of {tag}", t.details(repository, imageTag=tag)["imageDigest"], moved["imageDigest"])
    for tag in ("1", "not-latest", "dev"):
        t.push(repository, tag=tag)
        refused(TAKEN, lambda tag=tag: pushed_again(t, repository, tag))


@probe("CreateRepository PutImage", f"{GUIDE}, image-tag-mutability")
def excluded_tags_of_a_mutable_repository_cannot_be_moved(t):
    """MUTABLE_WITH_EXCLUSION with v*: v1 does not move, others do."""
    repository = t.repository(
        imageTagMutability="MUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters=filters("v*")
    )
    t.push(repository, tag="v1")
    refused(TAKEN, lambda: pushed_again(t, repository, "v1"))
    t.push(repository, tag="1")
    pushed_again(t, repository, "1")


@probe("PutImageTagMutability DescribeRepositories", f"{API}, PutImageTagMutability")
def mutability_can_be_changed(t):
    """The response and DescribeRepositories have the new setting and filters; without exclusion there
    are no filters."""
    repository = t.repository()
    more = {"imageTagMutabilityExclusionFilters": filters("latest")}
    for mode, given in (("IMMUTABLE_WITH_EXCLUSION", more), ("IMMUTABLE", {}), ("MUTABLE", {})):
        answer = t.ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability=mode, **given)

        expected = (mode, given.get("imageTagMutabilityExclusionFilters", []))
        equal("the response", setting(answer), expected)

        def read(expected=expected):
            found = t.ecr.describe_repositories(repositoryNames=[repository])["repositories"][0]
            equal("the setting", setting(found), expected)

        t.eventually(read)


def setting(found):
    return found["imageTagMutability"], found.get("imageTagMutabilityExclusionFilters") or []


@probe("CreateRepository", f"{MODEL}, ImageTagMutabilityExclusionFilters")
def exclusion_filters_are_bounded(t):
    """None or 6 filters, other characters, 129 characters, another type, and an unknown mode:
    InvalidParameterException."""
    wrong = [
        [], filters(*"abcdef"), filters("a/b"), filters("a?"), filters(""), filters("a" * 129),
        [{"filterType": "REGEX", "filter": "a"}],
    ]
    mode = dict(imageTagMutability="IMMUTABLE_WITH_EXCLUSION")
    for given in wrong:
        more = dict(mode, imageTagMutabilityExclusionFilters=given)
        refused(INVALID, t.ecr.create_repository, repositoryName=t.name(), **more)
    refused(INVALID, t.ecr.create_repository, repositoryName=t.name(), imageTagMutability="SOMETIMES")
    five = dict(mode, imageTagMutabilityExclusionFilters=filters(*"abcde"))
    made = t.ecr.create_repository(repositoryName=t.name(), **five)["repository"]
    expect(len(made["imageTagMutabilityExclusionFilters"]) == 5, "five filters are not kept")


@probe("CreateRepository", f"{API}, CreateRepository")
def filters_and_exclusion_need_each_other(t):
    """Filters without a mode with exclusion, and such a mode without filters: InvalidParameterException."""
    lone = dict(imageTagMutability="IMMUTABLE", imageTagMutabilityExclusionFilters=filters("a"))
    refused(INVALID, t.ecr.create_repository, repositoryName=t.name(), **lone)
    bare = dict(imageTagMutability="MUTABLE_WITH_EXCLUSION")
    refused(INVALID, t.ecr.create_repository, repositoryName=t.name(), **bare)
