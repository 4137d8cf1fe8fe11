"""Listing, describing and deleting images."""

import uuid

from .. import images
from ..images import digest
from ..probe import API, INVALID, MODEL, equal, expect, probe, refused


def failures(answer):
    return [failure["failureCode"] for failure in answer["failures"]]


@probe("BatchGetImage", f"{API}, ImageFailure")
def images_that_cannot_be_got_are_failures(t):
    """An unknown tag, an unknown digest, nothing, a tag of another digest, and no digest, each with its code."""
    repository = t.repository()
    pushed = t.push(repository, tag="1")
    other = t.push(repository, tag="2")
    cases = [
        ({"imageTag": "unknown"}, "ImageNotFound"),
        ({"imageDigest": digest(uuid.uuid4().bytes)}, "ImageNotFound"),
        ({}, "MissingDigestAndTag"),
        ({"imageTag": "1", "imageDigest": other.digest}, "ImageTagDoesNotMatchDigest"),
        ({"imageDigest": "nonsense"}, "InvalidImageDigest"),
    ]
    for image_id, code in cases:
        answer = t.ecr.batch_get_image(repositoryName=repository, imageIds=[image_id, {"imageTag": "1"}])
        equal(f"the failures for {image_id}", failures(answer), [code])
        equal("the image beside it", answer["images"][0]["imageId"]["imageDigest"], pushed.digest)


@probe("BatchGetImage BatchDeleteImage", f"{MODEL}, ImageIdentifierList")
def a_request_has_1_to_100_images(t):
    """None and 101: InvalidParameterException."""
    repository = t.repository()
    for count in (0, 101):
        ids = [{"imageTag": str(n)} for n in range(count)]
        for call in (t.ecr.batch_get_image, t.ecr.batch_delete_image):
            refused(INVALID, call, repositoryName=repository, imageIds=ids)


@probe("ListImages", f"{API}, ListImages")
def images_are_listed_by_tag(t):
    """One entry per tag and one per untagged image; tagStatus selects."""
    repository = t.repository()
    both, bare = t.push(repository, tag="1"), t.push(repository)
    t.ecr.put_image(repositoryName=repository, imageManifest=both.text, imageTag="2")
    tagged, untagged = {(both.digest, "1"), (both.digest, "2")}, {(bare.digest, None)}
    cases = (("TAGGED", tagged), ("UNTAGGED", untagged), ("ANY", tagged | untagged))
    for status, expected in cases:
        t.eventually(
            lambda s=status, e=expected: equal(f"the {s} images", t.listed(repository, filter={"tagStatus": s}), e)
        )
    equal("the images without a filter", t.listed(repository), tagged | untagged)


@probe("ListImages DescribeImages", f"{API}, ListImages")
def images_come_in_pages(t):
    """Pages of one have each image once, and the last has no nextToken."""
    repository = t.repository()
    pushed = {t.push(repository, tag=str(n)).digest for n in range(3)}
    t.eventually(lambda: equal("the images", {d for d, _ in t.listed(repository)}, pushed))
    for operation, member in (("list_images", "imageIds"), ("describe_images", "imageDetails")):
        found, token = [], {}
        while token is not None:
            page = getattr(t.ecr, operation)(repositoryName=repository, maxResults=1, **token)
            expect(len(page[member]) <= 1, f"{operation} has {len(page[member])} images on a page of one")
            found += [entry["imageDigest"] for entry in page[member]]
            token = {"nextToken": page["nextToken"]} if page.get("nextToken") else None
            expect(len(found) <= 3, f"{operation} does not end")
        equal(f"the images of {operation}", sorted(found), sorted(pushed))


@probe("ListImages DescribeImages", f"{MODEL}, MaxResults")
def a_page_has_1_to_1000_images(t):
    """0, 1001 and a foreign nextToken: InvalidParameterException."""
    repository = t.repository()
    for call in (t.ecr.list_images, t.ecr.describe_images):
        for wrong in ({"maxResults": 0}, {"maxResults": 1001}, {"nextToken": "bm90IGEgdG9rZW4="}):
            refused(INVALID, call, repositoryName=repository, **wrong)


@probe("DescribeImages", f"{API}, DescribeImages")
def images_are_described_by_their_state(t):
    """tagStatus selects tagged and untagged images; nothing is ARCHIVED, and ANY has everything."""
    repository = t.repository()
    tagged, bare = t.push(repository, tag="1").digest, t.push(repository).digest
    cases = [
        ({"tagStatus": "TAGGED"}, {tagged}),
        ({"tagStatus": "UNTAGGED"}, {bare}),
        ({"tagStatus": "ANY"}, {tagged, bare}),
        ({"imageStatus": "ARCHIVED"}, set()),
        ({"imageStatus": "ANY"}, {tagged, bare}),
        ({"tagStatus": "TAGGED", "imageStatus": "ACTIVE"}, {tagged}),
    ]

    def described(by, expected):
        found = t.ecr.describe_images(repositoryName=repository, filter=by)["imageDetails"]
        equal(f"the images by {by}", {d["imageDigest"] for d in found}, expected)

    for by, expected in cases:
        t.eventually(lambda by=by, expected=expected: described(by, expected))
    for wrong in ({"tagStatus": "SOME"}, {"imageStatus": "SOME"}):
        refused(INVALID, t.ecr.describe_images, repositoryName=repository, filter=wrong)


@probe("DescribeImages", f"{API}, ImageNotFoundException")
def an_unknown_image_cannot_be_described(t):
    """ImageNotFoundException, also when another of the images exists."""
    repository = t.repository()
    t.push(repository, tag="1")
    for ids in ([{"imageTag": "2"}], [{"imageTag": "1"}, {"imageDigest": digest(b"x")}]):
        refused("ImageNotFoundException", t.ecr.describe_images, repositoryName=repository, imageIds=ids)


@probe("DescribeImages", f"{API}, DescribeImages")
def images_and_pages_exclude_each_other(t):
    """maxResults together with imageIds: InvalidParameterException."""
    repository = t.repository()
    t.push(repository, tag="1")
    ids = [{"imageTag": "1"}]
    refused(INVALID, t.ecr.describe_images, repositoryName=repository, imageIds=ids, maxResults=1)


@probe("ListImages DescribeImages BatchGetImage BatchDeleteImage", f"{API}, RepositoryNotFoundException")
def images_of_an_unknown_repository(t):
    """RepositoryNotFoundException."""
    of, ids = dict(repositoryName=t.name()), [{"imageTag": "1"}]
    for call, more in (
        (t.ecr.list_images, {}), (t.ecr.describe_images, {}),
        (t.ecr.batch_get_image, {"imageIds": ids}), (t.ecr.batch_delete_image, {"imageIds": ids}),
    ):
        refused("RepositoryNotFoundException", call, **of, **more)


@probe("BatchDeleteImage", f"{API}, BatchDeleteImage")
def deleting_a_tag_keeps_the_image_until_the_last(t):
    """One of two tags: the image stays. The last tag: the image is deleted."""
    repository = t.repository()
    pushed = t.push(repository, tag="1")
    t.ecr.put_image(repositoryName=repository, imageManifest=pushed.text, imageTag="2")
    for tag, left in (("1", {(pushed.digest, "2")}), ("2", set())):
        answer = t.ecr.batch_delete_image(repositoryName=repository, imageIds=[{"imageTag": tag}])
        equal("the failures", answer["failures"], [])
        equal("the deleted image", answer["imageIds"], [{"imageDigest": pushed.digest, "imageTag": tag}])
        t.eventually(lambda left=left: equal("the images", t.listed(repository), left))


@probe("BatchDeleteImage", f"{API}, BatchDeleteImage")
def deleting_a_digest_deletes_all_its_tags(t):
    """The image is gone, with both tags."""
    repository = t.repository()
    pushed = t.push(repository, tag="1")
    t.ecr.put_image(repositoryName=repository, imageManifest=pushed.text, imageTag="2")
    answer = t.ecr.batch_delete_image(repositoryName=repository, imageIds=[{"imageDigest": pushed.digest}])
    equal("the failures", answer["failures"], [])
    equal("the deleted digests", {i["imageDigest"] for i in answer["imageIds"]}, {pushed.digest})
    t.eventually(lambda: equal("the images", t.listed(repository), set()))


@probe("BatchDeleteImage", f"{API}, ImageFailure")
def images_that_cannot_be_deleted_are_failures(t):
    """Unknown ones, nothing, and no digest have their codes; the others of the request are deleted."""
    repository = t.repository()
    pushed = t.push(repository, tag="1")
    ids = [{"imageTag": "unknown"}, {"imageDigest": digest(b"x")}, {}, {"imageDigest": "nonsense"}]
    answer = t.ecr.batch_delete_image(repositoryName=repository, imageIds=[*ids, {"imageTag": "1"}])
    expected = ["ImageNotFound", "ImageNotFound", "InvalidImageDigest", "MissingDigestAndTag"]
    equal("the failures", sorted(failures(answer)), expected)
    equal("the deleted images", [i["imageDigest"] for i in answer["imageIds"]], [pushed.digest])


@probe("BatchDeleteImage", f"{API}, ImageFailure")
def a_child_of_an_index_is_not_deleted(t):
    """ImageReferencedByManifestList until the index is deleted."""
    repository = t.repository()
    child = t.push(repository)
    index = t.push(repository, images.index(child), tag="all")
    of = dict(repositoryName=repository)
    answer = t.ecr.batch_delete_image(imageIds=[{"imageDigest": child.digest}], **of)
    equal("the failures", failures(answer), ["ImageReferencedByManifestList"])
    t.ecr.batch_delete_image(imageIds=[{"imageDigest": index.digest}], **of)

    def deleted():
        answer = t.ecr.batch_delete_image(imageIds=[{"imageDigest": child.digest}], **of)
        equal("the failures", answer["failures"], [])

    t.eventually(deleted)
