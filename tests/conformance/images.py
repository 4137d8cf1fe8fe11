"""Images made by hand: small, and never the same twice."""

import hashlib
import json
import uuid
from dataclasses import dataclass

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def digest(content):
    content = content.encode() if isinstance(content, str) else content
    return "sha256:" + hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Manifest:
    """A manifest's text, and the blobs that it names."""

    text: str
    media_type: str
    blobs: tuple

    @property
    def digest(self):
        return digest(self.text)

    @property
    def layer(self):
        return self.blobs[-1]

    def descriptor(self):
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.text.encode())}


def descriptor(media_type, content):
    return {"mediaType": media_type, "digest": digest(content), "size": len(content)}


def image(docker=False, layer_size=0, **members):
    """A manifest with a config and one layer. `members` replace its own; None leaves one out."""
    seed = uuid.uuid4().hex
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Labels": {"seed": seed}}}).encode()
    layer = f"layer {seed}".encode().ljust(layer_size, b"\n")
    types = (DOCKER_MANIFEST, DOCKER_CONFIG, DOCKER_LAYER) if docker else (OCI_MANIFEST, OCI_CONFIG, OCI_LAYER)
    manifest = {
        "schemaVersion": 2,
        "mediaType": types[0],
        "config": descriptor(types[1], config),
        "layers": [descriptor(types[2], layer)],
        **members,
    }
    manifest = {name: value for name, value in manifest.items() if value is not None}
    # Spaces and a last line break, which a client that writes JSON again would lose.
    return Manifest(json.dumps(manifest, indent=3) + "\n", types[0], (config, layer))


def referrer(subject, artifact_type="application/vnd.longshore.conformance.v1"):
    """An artifact that refers to the image `subject`."""
    content = uuid.uuid4().hex.encode()
    text = json.dumps({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": artifact_type,
        "config": descriptor(OCI_EMPTY, b"{}"),
        "layers": [descriptor("text/plain", content)],
        "subject": subject.descriptor(),
        "annotations": {"org.longshore.probe": "conformance"},
    })
    return Manifest(text, OCI_MANIFEST, (b"{}", content))


def index(*children):
    """An index of manifests, with a platform for each."""
    platforms = ("amd64", "arm64", "s390x", "ppc64le")
    listed = [
        {**child.descriptor(), "platform": {"architecture": architecture, "os": "linux"}}
        for child, architecture in zip(children, platforms)
    ]
    text = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed})
    return Manifest(text, OCI_INDEX, ())
