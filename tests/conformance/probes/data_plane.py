"""The registry over HTTP, as Docker and OCI clients use it."""

import json
import uuid
from urllib.parse import urljoin, urlsplit

from .. import images
from ..images import DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, digest
from ..probe import GUIDE, OCI, equal, expect, probe
from ..wire import errors

MANIFESTS = ", ".join((OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST))


def manifest(t, method, repository, reference, **more):
    path = f"/v2/{repository}/manifests/{reference}"
    return t.registry.send(method, path, {"accept": MANIFESTS, **more.pop("headers", {})}, **more)


def put(t, repository, reference, made):
    headers = {"content-type": made.media_type}
    return manifest(t, "PUT", repository, reference, headers=headers, body=made.text.encode())


def upload(t, repository, content, claimed=None):
    """POST, then one PUT with everything: the way that ECR serves best."""
    begun = t.registry.send("POST", f"/v2/{repository}/blobs/uploads/", {"content-length": "0"})
    equal("the status of POST", begun.status_code, 202)
    location = urljoin(t.registry.url, begun.headers["location"])
    mark = "&" if urlsplit(location).query else "?"
    headers = {"content-type": "application/octet-stream"}
    return t.registry.send("PUT", f"{location}{mark}digest={claimed or digest(content)}", headers, content)


def unknown(response, expected):
    equal("the status", response.status_code, 404)
    codes, text = errors(response)
    equal(f"the codes in {text!r}", codes, [expected])


@probe("GET /v2/", f"{GUIDE}, registry_auth; regclient/regclient#709")
def a_client_is_asked_for_basic_authentication(t):
    """401 with WWW-Authenticate: Basic, the realm and the service ecr.amazonaws.com."""
    response = t.registry.send("GET", "/v2/", password="")
    equal("the status", response.status_code, 401)
    challenge = response.headers.get("www-authenticate", "")
    expect(challenge.lower().startswith("basic "), f"the challenge is {challenge!r}")
    expect("realm=" in challenge and 'service="ecr.amazonaws.com"' in challenge, f"the challenge is {challenge!r}")


@probe("GET /v2/", f"{GUIDE}, registry_auth")
def a_token_opens_the_registry(t):
    """200 with Docker-Distribution-Api-Version registry/2.0."""
    response = t.registry.send("GET", "/v2/")
    equal("the status", response.status_code, 200)
    equal("the API version", response.headers.get("docker-distribution-api-version"), "registry/2.0")


@probe("GET /v2/", f"{GUIDE}, common-errors-docker")
def a_wrong_password_is_refused(t):
    """400, 401 or 403: reports differ."""
    wrong = "QVdTOm5vdC1hLXBhc3N3b3Jk"
    status = t.registry.send("GET", "/v2/", password=wrong).status_code
    expect(status in (400, 401, 403), f"the status is {status}")


@probe("GET /v2/NAME/manifests/REFERENCE", f"{OCI}, pulling manifests")
def a_manifest_is_pulled_by_tag_and_digest(t):
    """Its bytes, its media type and its digest, as they were put through the API."""
    repository = t.repository()
    pushed = t.push(repository, tag="1")
    for reference in ("1", pushed.digest):
        response = t.eventually(lambda r=reference: ok(manifest(t, "GET", repository, r)))
        equal("the bytes", response.content.decode(), pushed.text)
        equal("Content-Type", response.headers["content-type"], OCI_MANIFEST)
        equal("Docker-Content-Digest", response.headers["docker-content-digest"], pushed.digest)


@probe("HEAD /v2/NAME/manifests/REFERENCE", f"{OCI}, checking if content exists")
def a_manifest_can_be_looked_at(t):
    """HEAD has the headers of GET, with Content-Length, and no body."""
    repository = t.repository()
    pushed = t.push(repository, tag="1")
    response = t.eventually(lambda: ok(manifest(t, "HEAD", repository, "1")))
    equal("Docker-Content-Digest", response.headers["docker-content-digest"], pushed.digest)
    equal("Content-Type", response.headers["content-type"], OCI_MANIFEST)
    equal("Content-Length", response.headers["content-length"], str(len(pushed.text.encode())))
    equal("the body", response.content, b"")


@probe("GET /v2/NAME/manifests/REFERENCE", f"{OCI}, error codes")
def an_unknown_manifest_is_not_found(t):
    """404 with MANIFEST_UNKNOWN, by tag and by digest; HEAD has 404 and no body."""
    repository = t.repository()
    for reference in ("unknown", digest(uuid.uuid4().bytes)):
        unknown(manifest(t, "GET", repository, reference), "MANIFEST_UNKNOWN")
    equal("the status of HEAD", manifest(t, "HEAD", repository, "unknown").status_code, 404)


@probe("GET /v2/NAME/manifests/REFERENCE", f"{OCI}, error codes")
def an_unknown_repository_is_not_found(t):
    """404 with NAME_UNKNOWN, for manifests and for tags."""
    name = t.name()
    unknown(manifest(t, "GET", name, "1"), "NAME_UNKNOWN")
    unknown(t.registry.send("GET", f"/v2/{name}/tags/list"), "NAME_UNKNOWN")


@probe("GET /v2/NAME/manifests/REFERENCE", f"{GUIDE}, registry_auth")
def a_manifest_needs_the_password(t):
    """401 without one, also for a repository that does not exist."""
    for name in (t.repository(), t.name()):
        equal("the status", manifest(t, "GET", name, "1", password="").status_code, 401)


@probe("GET /v2/NAME/tags/list", "google/go-containerregistry#681")
def tags_come_in_pages(t):
    """n limits a page, Link with rel=next continues, and all pages together have each tag once."""
    repository = t.repository()
    pushed, tags = t.push(repository, tag="tag-0"), {f"tag-{n}" for n in range(5)}
    for tag in sorted(tags)[1:]:
        t.ecr.put_image(repositoryName=repository, imageManifest=pushed.text, imageTag=tag)
    t.eventually(lambda: equal("the tags", {tag for _, tag in t.listed(repository)}, tags))
    path, found, pages = f"/v2/{repository}/tags/list?n=2", [], 0
    while path:
        response = ok(t.registry.send("GET", path))
        page, pages = json.loads(response.content), pages + 1
        equal("name", page["name"], repository)
        expect(len(page["tags"]) <= 2, f"a page of two has {len(page['tags'])} tags")
        expect(pages < 10, "the pages do not end")
        found += page["tags"]
        path = following(t, response)
    equal("the tags on all pages", sorted(found), sorted(tags))


def following(t, response):
    """The address of the next page, or None."""
    link = response.headers.get("link")
    if not link:
        return None
    expect(link.startswith("<") and 'rel="next"' in link, f"Link is {link!r}")
    return urljoin(t.registry.url, link[1:].split(">")[0])


@probe("GET /v2/NAME/tags/list", "google/go-containerregistry#1091")
def a_page_has_1000_tags_at_most(t):
    """n=1000 is answered; n=1001 is UNSUPPORTED, with maxResults in its text."""
    repository = t.repository()
    ok(t.registry.send("GET", f"/v2/{repository}/tags/list?n=1000"))
    response = t.registry.send("GET", f"/v2/{repository}/tags/list?n=1001")
    expect(400 <= response.status_code < 500, f"the status is {response.status_code}")
    codes, text = errors(response)
    equal(f"the codes in {text!r}", codes, ["UNSUPPORTED"])
    expect("less than or equal to 1000" in text, f"the text is {text!r}")


@probe("GET /v2/NAME/blobs/DIGEST", f"{GUIDE}, common-errors-docker")
def a_blob_is_fetched_from_elsewhere(t):
    """A redirect to another host, which answers without credentials and has the bytes; HEAD has the size."""
    repository = t.repository()
    pushed = t.push(repository, tag="1")
    path = f"/v2/{repository}/blobs/{digest(pushed.layer)}"
    response = t.registry.send("GET", path)
    equal("the status", response.status_code, 307)
    location = response.headers["location"]
    expect(urlsplit(location).hostname != urlsplit(t.registry.url).hostname, "the redirect is to the same host")
    fetched = ok(t.registry.send("GET", location, password=""))
    equal("the bytes", fetched.content, pushed.layer)
    head = ok(t.registry.send("HEAD", path))
    equal("Content-Length", head.headers["content-length"], str(len(pushed.layer)))


@probe("GET /v2/NAME/blobs/DIGEST", f"{OCI}, error codes")
def an_unknown_blob_is_not_found(t):
    """404 with BLOB_UNKNOWN; HEAD has 404."""
    path = f"/v2/{t.repository()}/blobs/{digest(uuid.uuid4().bytes)}"
    unknown(t.registry.send("GET", path), "BLOB_UNKNOWN")
    equal("the status of HEAD", t.registry.send("HEAD", path).status_code, 404)


@probe("POST and PUT /v2/NAME/blobs/uploads/, PUT /v2/NAME/manifests/REFERENCE", f"{OCI}, pushing")
def an_image_is_pushed(t):
    """202, then 201 with the digest of each blob and of the manifest; the API has the image."""
    repository, made = t.repository(), images.image()
    for blob in made.blobs:
        response = upload(t, repository, blob)
        equal("the status of a blob's PUT", response.status_code, 201)
        equal("Docker-Content-Digest", response.headers["docker-content-digest"], digest(blob))
    response = put(t, repository, "1", made)
    equal("the status of the manifest's PUT", response.status_code, 201)
    equal("Docker-Content-Digest", response.headers["docker-content-digest"], made.digest)
    equal("imageTags", t.details(repository, imageDigest=made.digest)["imageTags"], ["1"])


@probe("PUT /v2/NAME/manifests/REFERENCE", f"{OCI}, pushing manifests")
def a_manifest_is_pushed_by_digest(t):
    """201, and an image without tags."""
    repository, made = t.repository(), images.image()
    for blob in made.blobs:
        t.upload(repository, blob)
    equal("the status", put(t, repository, made.digest, made).status_code, 201)
    t.eventually(lambda: equal("the images", t.listed(repository), {(made.digest, None)}))


@probe("PUT /v2/NAME/blobs/uploads/ID", f"{OCI}, error codes")
def the_digest_of_a_blob_is_verified(t):
    """DIGEST_INVALID, and no such blob."""
    repository, wrong = t.repository(), digest(b"something else")
    response = upload(t, repository, uuid.uuid4().bytes, wrong)
    expect(400 <= response.status_code < 500, f"the status is {response.status_code}")
    codes, text = errors(response)
    equal(f"the codes in {text!r}", codes, ["DIGEST_INVALID"])
    equal("the status of HEAD", t.registry.send("HEAD", f"/v2/{repository}/blobs/{wrong}").status_code, 404)


@probe("PUT /v2/NAME/manifests/REFERENCE", f"{OCI}, pushing manifests")
def a_manifest_needs_its_blobs(t):
    """A refusal in the 400s with an error code, and no image."""
    repository = t.repository()
    response = put(t, repository, "1", images.image())
    expect(400 <= response.status_code < 500, f"the status is {response.status_code}")
    expect(errors(response)[0], f"there is no error code in {response.content!r}")
    equal("the images", t.listed(repository), set())


@probe("PUT /v2/NAME/manifests/REFERENCE", f"{GUIDE}, image-tag-mutability")
def an_immutable_tag_cannot_be_pushed_again(t):
    """400 with TAG_INVALID: the image tag already exists, and cannot be overwritten because it is immutable."""
    repository = t.repository(imageTagMutability="IMMUTABLE")
    t.push(repository, tag="1")
    made = images.image()
    for blob in made.blobs:
        t.upload(repository, blob)
    response = put(t, repository, "1", made)
    equal("the status", response.status_code, 400)
    codes, text = errors(response)
    equal(f"the codes in {text!r}", codes, ["TAG_INVALID"])
    expected = (
        f"The image tag '1' already exists in the '{repository}' repository "
        "and cannot be overwritten because the tag is immutable."
    )
    equal("the text", text, expected)


@probe("DELETE /v2/NAME/manifests/DIGEST", "goharbor/harbor#10264")
def images_are_not_deleted_over_http(t):
    """404 or 405 (reports differ), and the image stays."""
    repository = t.repository()
    pushed = t.push(repository, tag="1")
    status = manifest(t, "DELETE", repository, pushed.digest).status_code
    expect(status in (404, 405), f"the status is {status}")
    equal("the images", t.listed(repository), {(pushed.digest, "1")})


@probe("PUT /v2/NAME/manifests/REFERENCE", f"{OCI}, pushing manifests")
def an_index_is_pushed_and_pulled(t):
    """201; by tag it comes back with its bytes, its media type and its digest."""
    repository = t.repository()
    index = images.index(t.push(repository))
    equal("the status", put(t, repository, "all", index).status_code, 201)
    response = t.eventually(lambda: ok(manifest(t, "GET", repository, "all")))
    equal("the bytes", response.content.decode(), index.text)
    equal("Content-Type", response.headers["content-type"], OCI_INDEX)
    equal("Docker-Content-Digest", response.headers["docker-content-digest"], index.digest)


@probe("GET /v2/NAME/referrers/DIGEST", f"{OCI}, listing referrers; {GUIDE}, images")
def the_referrers_api_lists_artifacts(t):
    """200 with an index of the artifacts that refer to an image; empty for one without."""
    repository = t.repository()
    subject = t.push(repository, tag="1")
    path = f"/v2/{repository}/referrers/{subject.digest}"
    equal("the referrers", json.loads(ok(t.registry.send("GET", path)).content)["manifests"], [])
    artifact = t.push(repository, images.referrer(subject))

    def listed():
        response = ok(t.registry.send("GET", path))
        equal("Content-Type", response.headers["content-type"], OCI_INDEX)
        found = json.loads(response.content)["manifests"]
        kind = json.loads(artifact.text)["artifactType"]
        equal("the referrers", [(f["digest"], f["artifactType"]) for f in found], [(artifact.digest, kind)])

    t.eventually(listed)


@probe("POST /v2/NAME/blobs/uploads/?mount=DIGEST&from=NAME, GetAccountSetting", f"{GUIDE}, blob-mounting")
def a_blob_is_mounted_if_the_registry_allows_it(t):
    """201 if BLOB_MOUNTING is ENABLED, else 202 with an upload."""
    source, repository = t.repository(), t.repository()
    layer = digest(t.push(source, tag="1").layer)
    mounting = t.ecr.get_account_setting(name="BLOB_MOUNTING")["value"]
    path = f"/v2/{repository}/blobs/uploads/?mount={layer}&from={source}"
    response = t.registry.send("POST", path, {"content-length": "0"})
    equal(f"the status with {mounting}", response.status_code, 201 if mounting == "ENABLED" else 202)
    expect("location" in response.headers, "there is no Location")


def ok(response):
    equal("the status", response.status_code, 200)
    return response
