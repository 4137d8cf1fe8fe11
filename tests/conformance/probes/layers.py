"""Layers through the API: availability, uploads in parts, downloads."""

import re
import uuid

from .. import images
from ..images import digest
from ..probe import API, INVALID, MODEL, QUOTAS, equal, expect, probe, refused
from ..wire import send

MEBIBYTE = 1024 * 1024


def begin(t, repository):
    return dict(repositoryName=repository, uploadId=t.ecr.initiate_layer_upload(repositoryName=repository)["uploadId"])


def part(t, upload, first, content):
    last = first + len(content) - 1
    return t.ecr.upload_layer_part(partFirstByte=first, partLastByte=last, layerPartBlob=content, **upload)


def availability(t, repository, *digests):
    return t.ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=list(digests))


@probe(
    "InitiateLayerUpload UploadLayerPart CompleteLayerUpload BatchCheckLayerAvailability",
    f"{API}, CompleteLayerUpload",
)
def a_layer_is_uploaded_and_then_available(t):
    """The upload id is a UUID, each response names the repository, and the layer is AVAILABLE with its size."""
    repository, content = t.repository(), uuid.uuid4().bytes
    begun = t.ecr.initiate_layer_upload(repositoryName=repository)
    expect(re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", begun["uploadId"]), "no UUID")
    expect(5 * MEBIBYTE <= begun["partSize"] <= 20 * MEBIBYTE, f"partSize is {begun['partSize']}")
    upload = dict(repositoryName=repository, uploadId=begun["uploadId"])
    sent = part(t, upload, 0, content)
    equal("lastByteReceived", sent["lastByteReceived"], len(content) - 1)
    done = t.ecr.complete_layer_upload(layerDigests=[digest(content)], **upload)
    for answer in (sent, done):
        equal("registryId", answer["registryId"], t.account)
        equal("repositoryName", answer["repositoryName"], repository)
        equal("uploadId", answer["uploadId"], upload["uploadId"])
    equal("layerDigest", done["layerDigest"], digest(content))

    def available():
        layer = availability(t, repository, digest(content))["layers"][0]
        equal("layerAvailability", layer["layerAvailability"], "AVAILABLE")
        equal("layerSize", layer["layerSize"], len(content))

    t.eventually(available)


@probe("BatchCheckLayerAvailability", f"{API}, BatchCheckLayerAvailability")
def a_missing_layer_is_unavailable(t):
    """Its digest comes back with UNAVAILABLE; what is no digest fails with InvalidLayerDigest."""
    repository, missing = t.repository(), digest(uuid.uuid4().bytes)
    answer = availability(t, repository, missing, "nonsense")
    layers = [(layer["layerDigest"], layer["layerAvailability"]) for layer in answer["layers"]]
    equal("the layers", layers, [(missing, "UNAVAILABLE")])
    failures = [(f["layerDigest"], f["failureCode"]) for f in answer["failures"]]
    equal("the failures", failures, [("nonsense", "InvalidLayerDigest")])


@probe("BatchCheckLayerAvailability", f"{MODEL}, BatchedOperationLayerDigestList")
def availability_is_asked_for_1_to_100_layers(t):
    """No digest and 101 digests: InvalidParameterException."""
    repository = t.repository()
    for count in (0, 101):
        refused(INVALID, lambda count=count: availability(t, repository, *[digest(str(n)) for n in range(count)]))


@probe("BatchCheckLayerAvailability", "aws/containers-roadmap#531")
def a_layer_belongs_to_its_repository(t):
    """A layer of one repository is UNAVAILABLE in another."""
    one, other = t.repository(), t.repository()
    pushed = t.push(one)
    answer = availability(t, other, digest(pushed.layer))
    equal("layerAvailability", answer["layers"][0]["layerAvailability"], "UNAVAILABLE")


@probe("CompleteLayerUpload", f"{API}, LayerAlreadyExistsException")
def a_layer_that_exists_is_not_uploaded_again(t):
    """LayerAlreadyExistsException."""
    repository, content = t.repository(), uuid.uuid4().bytes
    t.upload(repository, content)
    upload = begin(t, repository)
    part(t, upload, 0, content)
    refused("LayerAlreadyExistsException", t.ecr.complete_layer_upload, layerDigests=[digest(content)], **upload)


@probe("CompleteLayerUpload", f"{API}, InvalidLayerException")
def the_digest_of_a_layer_is_verified(t):
    """A digest of something else: InvalidLayerException, and no such layer."""
    repository, content = t.repository(), uuid.uuid4().bytes
    upload, wrong = begin(t, repository), digest(b"something else")
    part(t, upload, 0, content)
    refused("InvalidLayerException", t.ecr.complete_layer_upload, layerDigests=[wrong], **upload)
    answer = availability(t, repository, wrong)
    equal("layerAvailability", answer["layers"][0]["layerAvailability"], "UNAVAILABLE")


@probe("UploadLayerPart", f"{API}, InvalidLayerPartException")
def parts_are_consecutive(t):
    """A gap: InvalidLayerPartException, whose lastValidByteReceived is the last byte before it."""
    repository = t.repository()
    upload = begin(t, repository)
    part(t, upload, 0, b"12345")
    error = refused("InvalidLayerPartException", lambda: part(t, upload, 10, b"67890"))
    equal("lastValidByteReceived", error.get("lastValidByteReceived"), 4)
    equal("uploadId", error.get("uploadId"), upload["uploadId"])
    equal("repositoryName", error.get("repositoryName"), repository)


@probe("CompleteLayerUpload", f"{API}, EmptyUploadException")
def an_upload_has_a_part(t):
    """EmptyUploadException."""
    upload = begin(t, t.repository())
    refused("EmptyUploadException", t.ecr.complete_layer_upload, layerDigests=[digest(b"x")], **upload)


@probe("UploadLayerPart CompleteLayerUpload", f"{API}, UploadNotFoundException")
def an_upload_belongs_to_its_repository(t):
    """An unknown id, and that of another repository: UploadNotFoundException; what is no UUID:
    InvalidParameterException."""
    repository, elsewhere = t.repository(), begin(t, t.repository())["uploadId"]
    for upload in (str(uuid.uuid4()), elsewhere):
        of = dict(repositoryName=repository, uploadId=upload)
        refused("UploadNotFoundException", t.ecr.complete_layer_upload, layerDigests=[digest(b"x")], **of)
        refused("UploadNotFoundException", lambda of=of: part(t, of, 0, b"x"))
    wrong = dict(repositoryName=repository, uploadId="nonsense")
    refused(INVALID, t.ecr.complete_layer_upload, layerDigests=[digest(b"x")], **wrong)


@probe("UploadLayerPart CompleteLayerUpload", f"{API}, LayerPartTooSmallException")
def parts_before_the_last_have_5_mib(t):
    """A first part of five bytes and a second one: LayerPartTooSmallException."""
    upload = begin(t, t.repository())
    part(t, upload, 0, b"12345")
    part(t, upload, 5, b"67890")
    digests = [digest(b"1234567890")]
    refused("LayerPartTooSmallException", t.ecr.complete_layer_upload, layerDigests=digests, **upload)


@probe("UploadLayerPart CompleteLayerUpload", f"{QUOTAS}")
def a_layer_can_have_several_parts(t):
    """5 MiB and a small last part are one layer, whose size is that of both."""
    repository, head, tail = t.repository(), uuid.uuid4().bytes.ljust(5 * MEBIBYTE, b"\0"), b"end"
    upload = begin(t, repository)
    part(t, upload, 0, head)
    equal("lastByteReceived", part(t, upload, len(head), tail)["lastByteReceived"], len(head) + len(tail) - 1)
    whole = digest(head + tail)
    equal("layerDigest", t.ecr.complete_layer_upload(layerDigests=[whole], **upload)["layerDigest"], whole)
    layer = t.eventually(lambda: availability(t, repository, whole))["layers"][0]
    equal("layerSize", layer.get("layerSize"), len(head) + len(tail))


@probe("GetDownloadUrlForLayer", f"{API}, GetDownloadUrlForLayer")
def a_layer_of_an_image_can_be_downloaded(t):
    """The URL needs no credentials and has the layer's bytes."""
    repository = t.repository()
    pushed = t.push(repository)
    answer = t.ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest(pushed.layer))
    equal("layerDigest", answer["layerDigest"], digest(pushed.layer))
    response = send("GET", answer["downloadUrl"], ca=t.ca)
    equal("the download's status", response.status_code, 200)
    equal("the downloaded bytes", response.content, pushed.layer)


@probe("GetDownloadUrlForLayer", f"{API}, LayerInaccessibleException")
def a_layer_without_an_image_cannot_be_downloaded(t):
    """A layer that was uploaded, and that no image refers to: LayerInaccessibleException."""
    repository, content = t.repository(), uuid.uuid4().bytes
    t.upload(repository, content)
    of = dict(repositoryName=repository, layerDigest=digest(content))
    refused("LayerInaccessibleException", t.ecr.get_download_url_for_layer, **of)


@probe("GetDownloadUrlForLayer", f"{API}, LayersNotFoundException")
def an_unknown_layer_cannot_be_downloaded(t):
    """LayersNotFoundException; what is no digest: InvalidParameterException."""
    repository = t.repository()
    unknown = digest(uuid.uuid4().bytes)
    refused("LayersNotFoundException", t.ecr.get_download_url_for_layer, repositoryName=repository, layerDigest=unknown)
    refused(INVALID, t.ecr.get_download_url_for_layer, repositoryName=repository, layerDigest="nonsense")


@probe("InitiateLayerUpload BatchCheckLayerAvailability", f"{API}, RepositoryNotFoundException")
def layers_need_a_repository(t):
    """RepositoryNotFoundException."""
    name = t.name()
    refused("RepositoryNotFoundException", t.ecr.initiate_layer_upload, repositoryName=name)
    refused("RepositoryNotFoundException", lambda: availability(t, name, images.digest(b"x")))
