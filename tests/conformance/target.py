"""The registry that is probed, and what the probes make in it."""

import itertools
import json
import time
from base64 import b64decode
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from . import images
from .probe import Skipped
from .wire import LOOPBACK, Registry, Signer, send

AGENT = "longshore-conformance"


class Target:
    """One account's registry in one Region, and a prefix under which everything is made."""

    def __init__(self, account, region, prefix, endpoint=None, profile=None):
        self.account, self.region, self.prefix, self.endpoint = account, region, prefix, endpoint
        self.session = botocore.session.Session(profile=profile)
        self.credentials = self.session.get_credentials()
        self.ecr = self.client("ecr")
        self.url = self.ecr.meta.endpoint_url
        if not endpoint and urlsplit(self.url).hostname in LOOPBACK:
            # The environment or the profile names it.
            self.endpoint = self.url
            self.ecr = self.client("ecr")
        self.partition = self.ecr.meta.partition
        self.ca = self.session.get_config_variable("ca_bundle")
        self.requests, self.made, self.patience, self.documents = [], set(), None, None
        self.probe, self._numbers, self._registry = "", itertools.count(1), None

    def client(self, service):
        client = self.session.create_client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint,
            config=Config(
                # Only throttling and broken connections are retried; what is malformed must arrive.
                parameter_validation=False,
                retries={"mode": "standard", "max_attempts": 6},
                user_agent_extra=AGENT,
                proxies={} if self.on_loopback else None,
            ),
        )
        client.meta.events.register(f"after-call.{service}.*", self._note)
        return client

    def _note(self, http_response, parsed, model, **_):
        self._noted(model.name, http_response)
        if model.name in ("CreateRepository", "DeleteRepository") and "repository" in parsed:
            change = self.made.add if model.name == "CreateRepository" else self.made.discard
            change(parsed["repository"]["repositoryName"])

    def _noted(self, operation, response):
        self.requests.append({
            "operation": operation,
            "status": response.status_code,
            "request_id": response.headers.get("x-amzn-requestid"),
        })

    def identity(self):
        return self.client("sts").get_caller_identity()

    @property
    def on_loopback(self):
        """Whether this is an emulator on this machine. Everything else is treated like AWS."""
        return self.endpoint is not None and urlsplit(self.endpoint).hostname in LOOPBACK

    def eventually(self, check):
        return self.patience.eventually(check)

    def skip(self, reason):
        raise Skipped(reason)

    def raw(self, operation, body, signer=None, at=None):
        """Sends bytes to an operation, signed by hand; returns the status and the JSON of the response."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = self.url.rstrip("/") + "/"
        signer = signer or self.signer()
        response = send("POST", url, signer.headers(url, operation, body, at), body, self.ca)
        return self.parsed(operation, response)

    def parsed(self, operation, response):
        self._noted(operation, response)
        try:
            return response.status_code, json.loads(response.content or b"{}")
        except ValueError:
            return response.status_code, {"message": response.content.decode(errors="replace")}

    def signer(self, **changes):
        signer = Signer(self.credentials.get_frozen_credentials(), self.region)
        for name, value in changes.items():
            setattr(signer, name, value)
        return signer

    def document(self, operation, body=None):
        """Calls an operation and returns its JSON as it came, with members that no SDK knows."""
        for pause in (0.5, 1, 2, 4, 8, 0):
            status, answer = self.raw(operation, body or {})
            code = str(answer.get("__type", status)).rsplit("#", 1)[-1]
            if code != "ThrottlingException" or not pause:
                break
            time.sleep(pause)
        if status != 200:
            message = answer.get("message") or answer.get("Message") or ""
            error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
            raise ClientError(error, operation)
        return answer

    @property
    def registry(self):
        """The data plane, logged in once."""
        if self._registry is None:
            data = self.ecr.get_authorization_token()["authorizationData"][0]
            # Some emulators answer with the host of AWS, which must not see a request meant for them.
            if self.on_loopback and urlsplit(data["proxyEndpoint"]).hostname not in LOOPBACK:
                raise Skipped(f"the registry of this endpoint is elsewhere: {data['proxyEndpoint']}")
            self._registry = Registry(data["proxyEndpoint"], data["authorizationToken"], self.ca)
        return self._registry

    @property
    def password(self):
        return b64decode(self.registry.password).decode().partition(":")[2]

    def name(self, suffix=""):
        """A name for a repository that does not exist, under the prefix."""
        return f"{self.prefix}{self.probe[:60].rstrip('-')}-{next(self._numbers)}{suffix}"

    def repository(self, **settings):
        """Makes a repository for this probe and returns its name. It is deleted after the probe."""
        name = self.name()
        self.ecr.create_repository(repositoryName=name, **settings)
        return name

    def upload(self, repository, content):
        """Uploads a blob in one part. One that exists already is as good."""
        begun = self.ecr.initiate_layer_upload(repositoryName=repository)
        upload = dict(repositoryName=repository, uploadId=begun["uploadId"])
        last = len(content) - 1
        self.ecr.upload_layer_part(partFirstByte=0, partLastByte=last, layerPartBlob=content, **upload)
        try:
            self.ecr.complete_layer_upload(layerDigests=[images.digest(content)], **upload)
        except ClientError as error:
            if error.response["Error"]["Code"] != "LayerAlreadyExistsException":
                raise

    def push(self, repository, manifest=None, tag=None):
        """Uploads the blobs of a manifest and puts it; without one, a new image."""
        manifest = manifest or images.image()
        for blob in dict.fromkeys(manifest.blobs):
            self.upload(repository, blob)
        tagged = {"imageTag": tag} if tag else {}
        self.ecr.put_image(repositoryName=repository, imageManifest=manifest.text, **tagged)
        return manifest

    def details(self, repository, **image_id):
        """One image's `ImageDetail`, once it can be read."""
        found = self.eventually(lambda: self.ecr.describe_images(repositoryName=repository, imageIds=[image_id]))
        return found["imageDetails"][0]

    def listed(self, repository, **more):
        """All image ids of a repository, as pairs of digest and tag."""
        pages = self.ecr.get_paginator("list_images").paginate(repositoryName=repository, **more)
        return {(i["imageDigest"], i.get("imageTag")) for page in pages for i in page["imageIds"]}

    def repositories(self):
        """The names of the repositories under the prefix."""
        pages = self.ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 1000})
        names = [r["repositoryName"] for page in pages for r in page["repositories"]]
        return [name for name in names if name.startswith(self.prefix)]

    def templates(self):
        """The prefixes of creation templates under the prefix; none where they are not known."""
        try:
            pages = self.ecr.get_paginator("describe_repository_creation_templates").paginate()
            prefixes = [t["prefix"] for page in pages for t in page["repositoryCreationTemplates"]]
        except (ClientError, BotoCoreError):
            return []
        return [prefix for prefix in prefixes if prefix.startswith(self.prefix)]
