"""PutImage: manifests, digests, media types, indexes, artifacts."""

import json
import uuid

from .. import images
from ..images import DOCKER_CONFIG, DOCKER_MANIFEST, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, digest
from ..probe import API, GUIDE, INVALID, MODEL, equal, expect, probe, refused


@probe("PutImage BatchGetImage", f"{API}, PutImage")
def an_image_keeps_its_bytes(t):
    """A manifest with unusual spaces comes back byte by byte, and its digest is their SHA-256."""
    repository, manifest = t.repository(), images.image()
    for blob in manifest.blobs:
        t.upload(repository, blob)
    put = t.ecr.put_image(repositoryName=repository, imageManifest=manifest.text, imageTag="1")["image"]
    equal("the imageId of PutImage", put["imageId"], {"imageDigest": manifest.digest, "imageTag": "1"})

    def read():
        got = t.ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "1"}])
        equal("the failures", got["failures"], [])
        return got["images"][0]

    got = t.eventually(read)
    for image in (put, got):
        equal("registryId", image["registryId"], t.account)
        equal("repositoryName", image["repositoryName"], repository)
        equal("imageManifest", image["imageManifest"], manifest.text)
    equal("imageManifestMediaType", got["imageManifestMediaType"], OCI_MANIFEST)
    equal("imageId", got["imageId"], {"imageDigest": manifest.digest, "imageTag": "1"})


@probe("PutImage DescribeImages", f"{API}, ImageDetail")
def an_image_has_its_details(t):
    """Digest, tags, size, time, both media types and the status ACTIVE."""
    repository = t.repository()
    pushed = t.push(repository, tag="1")
    found = t.details(repository, imageDigest=pushed.digest)
    equal("registryId", found["registryId"], t.account)
    equal("repositoryName", found["repositoryName"], repository)
    equal("imageDigest", found["imageDigest"], pushed.digest)
    equal("imageTags", found["imageTags"], ["1"])
    equal("imageManifestMediaType", found["imageManifestMediaType"], OCI_MANIFEST)
    equal("artifactMediaType", found["artifactMediaType"], OCI_CONFIG)
    equal("imageStatus", found.get("imageStatus"), "ACTIVE")
    expect(found["imageSizeInBytes"] >= len(pushed.layer), f"imageSizeInBytes is {found['imageSizeInBytes']}")
    expect("imagePushedAt" in found, "imagePushedAt is missing")


@probe("PutImage", f"{API}, LayersNotFoundException")
def the_layers_of_an_image_must_exist(t):
    """LayersNotFoundException, and no image."""
    repository, manifest = t.repository(), images.image()
    t.upload(repository, manifest.blobs[0])
    put = dict(repositoryName=repository, imageManifest=manifest.text, imageTag="1")
    refused("LayersNotFoundException", t.ecr.put_image, **put)
    equal("the images", t.listed(repository), set())


@probe("PutImage", f"{API}, ImageAlreadyExistsException")
def the_same_image_is_not_put_twice(t):
    """With the same tag, and without one: ImageAlreadyExistsException."""
    repository = t.repository()
    pushed = t.push(repository, tag="1")
    for more in ({"imageTag": "1"}, {}):
        put = dict(repositoryName=repository, imageManifest=pushed.text, **more)
        refused("ImageAlreadyExistsException", t.ecr.put_image, **put)


@probe("PutImage DescribeImages", f"{GUIDE}, image-retag")
def an_image_can_have_several_tags(t):
    """The same manifest with another tag is one image with both."""
    repository = t.repository()
    pushed = t.push(repository, tag="1")
    t.ecr.put_image(repositoryName=repository, imageManifest=pushed.text, imageTag="2")

    def both():
        equal("the images", t.listed(repository), {(pushed.digest, "1"), (pushed.digest, "2")})
        details = t.ecr.describe_images(repositoryName=repository)["imageDetails"]
        equal("the tags of each image", [sorted(d["imageTags"]) for d in details], [["1", "2"]])

    t.eventually(both)


@probe("PutImage ListImages", f"{API}, PutImage")
def a_mutable_tag_moves_to_the_next_image(t):
    """The tag has the new digest, and the former image stays without a tag."""
    repository = t.repository()
    first, second = t.push(repository, tag="1"), t.push(repository, tag="1")
    t.eventually(
        lambda: equal("the images", t.listed(repository), {(first.digest, None), (second.digest, "1")})
    )


@probe("PutImage", f"{API}, ImageDigestDoesNotMatchException")
def the_digest_of_an_image_is_verified(t):
    """Another imageDigest: ImageDigestDoesNotMatchException; the right one is accepted."""
    repository, manifest = t.repository(), images.image()
    for blob in manifest.blobs:
        t.upload(repository, blob)
    put = dict(repositoryName=repository, imageManifest=manifest.text)
    refused("ImageDigestDoesNotMatchException", t.ecr.put_image, imageDigest=digest(b"x"), **put)
    t.ecr.put_image(imageDigest=manifest.digest, **put)


@probe("PutImage DescribeImages", f"{GUIDE}, image-manifest-formats")
def docker_images_keep_their_media_types(t):
    """A Docker schema 2 manifest is described with Docker's media types."""
    repository = t.repository()
    pushed = t.push(repository, images.image(docker=True), tag="1")
    found = t.details(repository, imageTag="1")
    equal("imageDigest", found["imageDigest"], pushed.digest)
    equal("imageManifestMediaType", found["imageManifestMediaType"], DOCKER_MANIFEST)
    equal("artifactMediaType", found["artifactMediaType"], DOCKER_CONFIG)


@probe("PutImage", f"{API}, PutImage")
def a_manifest_without_media_type_needs_one_beside_it(t):
    """InvalidParameterException; with imageManifestMediaType it is accepted, with unchanged bytes."""
    repository, manifest = t.repository(), images.image(mediaType=None)
    for blob in manifest.blobs:
        t.upload(repository, blob)
    put = dict(repositoryName=repository, imageManifest=manifest.text)
    refused(INVALID, t.ecr.put_image, **put)
    made = t.ecr.put_image(imageManifestMediaType=OCI_MANIFEST, **put)["image"]
    equal("imageDigest", made["imageId"]["imageDigest"], manifest.digest)


@probe("PutImage", f"{API}, PutImage")
def a_manifest_is_one(t):
    """No JSON, JSON of something else, and an unknown media type: InvalidParameterException."""
    repository = t.repository()
    unknown = json.dumps({"schemaVersion": 2, "mediaType": "text/plain"})
    for text in ("nonsense", "[]", '{"a": 1}', unknown):
        refused(INVALID, t.ecr.put_image, repositoryName=repository, imageManifest=text, imageTag="1")
    equal("the images", t.listed(repository), set())


@probe("PutImage", f"{MODEL}, ImageTag")
def a_tag_has_300_characters_at_most(t):
    """An empty tag and one of 301 characters: InvalidParameterException."""
    repository = t.repository()
    pushed = t.push(repository)
    for tag in ("", "a" * 301):
        put = dict(repositoryName=repository, imageManifest=pushed.text, imageTag=tag)
        refused(INVALID, t.ecr.put_image, **put)


@probe("PutImage", f"{API}, RepositoryNotFoundException")
def an_image_needs_a_repository(t):
    """RepositoryNotFoundException."""
    put = dict(repositoryName=t.name(), imageManifest=images.image().text)
    refused("RepositoryNotFoundException", t.ecr.put_image, **put)


@probe("PutImage", f"{API}, ReferencedImagesNotFoundException")
def the_children_of_an_index_must_exist(t):
    """ReferencedImagesNotFoundException, also when one of two exists."""
    repository = t.repository()
    index = images.index(t.push(repository), images.image())
    put = dict(repositoryName=repository, imageManifest=index.text, imageTag="all")
    refused("ReferencedImagesNotFoundException", t.ecr.put_image, **put)


@probe("PutImage DescribeImages", f"{API}, ImageDetail")
def an_index_has_the_size_of_its_largest_child(t):
    """imageSizeInBytes is the largest of its manifests'; the children stay without tags."""
    repository = t.repository()
    small, large = t.push(repository), t.push(repository, images.image(layer_size=5000))
    index = t.push(repository, images.index(small, large), tag="all")
    found = t.details(repository, imageTag="all")
    equal("imageDigest", found["imageDigest"], index.digest)
    equal("imageManifestMediaType", found["imageManifestMediaType"], OCI_INDEX)
    largest = t.details(repository, imageDigest=large.digest)["imageSizeInBytes"]
    equal("imageSizeInBytes", found["imageSizeInBytes"], largest)
    expected = {(small.digest, None), (large.digest, None), (index.digest, "all")}
    t.eventually(lambda: equal("the images", t.listed(repository), expected))


@probe("PutImage BatchGetImage", f"{API}, BatchGetImage")
def an_index_keeps_its_bytes(t):
    """By tag and by digest the index itself comes back, with its own media type."""
    repository = t.repository()
    index = t.push(repository, images.index(t.push(repository)), tag="all")
    for image_id in ({"imageTag": "all"}, {"imageDigest": index.digest}):
        got = t.ecr.batch_get_image(repositoryName=repository, imageIds=[image_id], acceptedMediaTypes=[OCI_INDEX])
        equal("imageManifest", got["images"][0]["imageManifest"], index.text)
        equal("imageManifestMediaType", got["images"][0]["imageManifestMediaType"], OCI_INDEX)


@probe("PutImage DescribeImages", f"{API}, ImageDetail")
def an_artifact_names_its_subject(t):
    """DescribeImages has subjectManifestDigest and the artifact's type."""
    repository = t.repository()
    subject = t.push(repository, tag="1")
    artifact = t.push(repository, images.referrer(subject))
    found = t.details(repository, imageDigest=artifact.digest)
    equal("subjectManifestDigest", found.get("subjectManifestDigest"), subject.digest)
    equal("artifactMediaType", found.get("artifactMediaType"), json.loads(artifact.text)["artifactType"])


@probe("ListImageReferrers", f"{API}, ListImageReferrers")
def the_referrers_of_an_image_are_listed(t):
    """Digest, media type, artifact type, size, annotations and the status ACTIVE of each."""
    repository = t.repository()
    subject = t.push(repository, tag="1")
    artifact = t.push(repository, images.referrer(subject))
    of = dict(repositoryName=repository, subjectId={"imageDigest": subject.digest})

    def listed():
        found = t.ecr.list_image_referrers(**of)["referrers"]
        equal("the number of referrers", len(found), 1)
        return found[0]

    found, document = t.eventually(listed), json.loads(artifact.text)
    equal("digest", found["digest"], artifact.digest)
    equal("mediaType", found["mediaType"], OCI_MANIFEST)
    equal("artifactType", found["artifactType"], document["artifactType"])
    equal("size", found["size"], len(artifact.text.encode()))
    equal("annotations", found["annotations"], document["annotations"])
    equal("artifactStatus", found["artifactStatus"], "ACTIVE")


@probe("ListImageReferrers", f"{API}, ListImageReferrers")
def referrers_are_filtered_by_type_and_paged(t):
    """artifactTypes selects, maxResults of 1 gives a nextToken; 0 and 51: InvalidParameterException."""
    repository = t.repository()
    subject = t.push(repository)
    kinds = ("application/vnd.longshore.one", "application/vnd.longshore.two")
    one, _ = (t.push(repository, images.referrer(subject, kind)) for kind in kinds)
    of = dict(repositoryName=repository, subjectId={"imageDigest": subject.digest})

    def filtered():
        found = t.ecr.list_image_referrers(filter={"artifactTypes": [kinds[0]]}, **of)["referrers"]
        equal("the filtered referrers", [r["digest"] for r in found], [one.digest])

    t.eventually(filtered)
    first = t.ecr.list_image_referrers(maxResults=1, **of)
    second = t.ecr.list_image_referrers(maxResults=1, nextToken=first["nextToken"], **of)
    digests = {r["digest"] for page in (first, second) for r in page["referrers"]}
    equal("the referrers on two pages", len(digests), 2)
    for size in (0, 51):
        refused(INVALID, t.ecr.list_image_referrers, maxResults=size, **of)


@probe("ListImageReferrers", f"{API}, ListImageReferrers")
def an_image_without_referrers_has_none(t):
    """An empty list."""
    repository = t.repository()
    subject = {"imageDigest": t.push(repository).digest}
    found = t.ecr.list_image_referrers(repositoryName=repository, subjectId=subject)
    equal("the referrers", found["referrers"], [])
    subject = {"imageDigest": digest(uuid.uuid4().bytes)}
    unknown = dict(repositoryName=t.name(), subjectId=subject)
    refused("RepositoryNotFoundException", t.ecr.list_image_referrers, **unknown)
