#!/usr/bin/env python3
"""Calls a running sandbox with the AWS CLI and botocore, operation by operation.

Usage: control_plane.py READY STATE

READY is a file with the line that `longshore sandbox serve --json` prints when it is ready, STATE its
state directory. The sandbox should be a fresh one. Needs botocore
and the AWS CLI (PyPI `awscli`; the `aws` next to this Python is preferred).

Every operation is called twice: through botocore, where the raw response is checked against the service
model (no member that the shape does not have, right types, enumerations, patterns, lengths,
timestamps as numbers, errors among the declared ones), and through the `aws` program. Prints
`N passed, M failed` and exits with 1 if something failed.

Every member of every request is sent at least once, too. The sandbox names those that it did not
read in the header `x-sandbox-unread`; every member without effect must be listed under
"Accepted without effect" in docs/sandbox.md.
"""

import atexit
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path
from xml.etree import ElementTree

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

DEV, PROD, WEST = "111122223333", "444455556666", "us-west-2"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OPERATIONS = {
    "BatchCheckLayerAvailability", "BatchDeleteImage", "BatchGetImage",
    "BatchGetRepositoryScanningConfiguration", "CompleteLayerUpload",
    "CreateRepository", "CreateRepositoryCreationTemplate", "DeleteLifecyclePolicy", "DeleteRegistryPolicy",
    "DeleteRepository", "DeleteRepositoryCreationTemplate", "DeleteRepositoryPolicy",
    "DescribeImageReplicationStatus", "DescribeImages", "DescribeRegistry",
    "DescribeReplicationBackfillResults", "DescribeRepositories", "DescribeRepositoryCreationTemplates",
    "GetAccountSetting", "GetAuthorizationToken", "GetDownloadUrlForLayer", "GetLifecyclePolicy",
    "GetRegistryPolicy", "GetRepositoryPolicy", "InitiateLayerUpload",
    "ListImages", "ListReplicationBackfills", "ListTagsForResource", "PutAccountSetting", "PutImage",
    "PutImageScanningConfiguration", "PutImageTagMutability", "PutLifecyclePolicy", "PutRegistryPolicy",
    "PutReplicationConfiguration", "SetRepositoryPolicy", "StartReplicationBackfill",
    "StopReplicationBackfill", "TagResource", "UntagResource", "UpdateRepositoryCreationTemplate",
    "UploadLayerPart",
    "CreatePullThroughCacheRule", "DeletePullThroughCacheRule", "DescribePullThroughCacheRules",
    "UpdatePullThroughCacheRule", "ValidatePullThroughCacheRule",
    "PutSigningConfiguration", "GetSigningConfiguration", "DeleteSigningConfiguration", "DescribeImageSigningStatus",
    "RegisterPullTimeUpdateExclusion", "DeregisterPullTimeUpdateExclusion", "ListPullTimeUpdateExclusions",
    "GetRegistryScanningConfiguration", "PutRegistryScanningConfiguration", "StartImageScan",
    "DescribeImageScanFindings", "StartLifecyclePolicyPreview", "GetLifecyclePolicyPreview", "ListImageReferrers",
    "UpdateImageStorageClass",
    "GetCallerIdentity", "AssumeRole", "GetSessionToken",
    "DescribeKey", "DescribeStackResources",
} | {
    f"{verb}{kind}{what}"
    for kind in ("User", "Group", "Role")
    for verb, what in (
        ("Attach", "Policy"), ("Detach", "Policy"), ("ListAttached", "Policies"), ("Put", "Policy"), ("Get", "Policy"),
        ("List", "Policies"), ("Delete", "Policy"), ("Create", ""), ("Get", ""), ("List", "s"), ("Delete", ""),
    )
} | {
    "CreateAccessKey", "ListAccessKeys", "GetAccessKeyLastUsed", "UpdateAccessKey", "DeleteAccessKey",
    "AddUserToGroup", "RemoveUserFromGroup", "ListGroupsForUser",
    "CreatePolicy", "GetPolicy", "ListPolicies", "DeletePolicy", "CreatePolicyVersion", "GetPolicyVersion",
    "ListPolicyVersions", "SetDefaultPolicyVersion", "DeletePolicyVersion", "ListEntitiesForPolicy",
    "UpdateAssumeRolePolicy", "CreateServiceLinkedRole", "PutUserPermissionsBoundary",
    "DeleteUserPermissionsBoundary", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary",
    "SimulatePrincipalPolicy", "SimulateCustomPolicy",
}
SERVICES = ("ecr", "sts", "iam", "kms", "cloudformation")
# Names that ECR shares with another service, of which the sandbox has other operations.
OF_ECR = {"TagResource", "UntagResource", "ListTagsForResource"}
# Errors that any service may return besides those that an operation declares.
COMMON_ERRORS = {
    "AccessDeniedException", "ExpiredTokenException", "IncompleteSignatureException",
    "InvalidSignatureException", "MissingAuthenticationTokenException", "SerializationException",
    "ThrottlingException", "UnknownOperationException", "UnrecognizedClientException",
}
# Those of AWS Query. No operation of IAM declares that it may not be called, or that its input is wrong.
QUERY_ERRORS = {"AccessDenied", "InvalidClientTokenId", "SignatureDoesNotMatch", "ValidationError"}
PASSED, FAILED = [], []
# The members of requests by operation: those that were carried out, and those that were not read.
CARRIED_OUT, UNREAD = {}, {}
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sandbox.md"
BY_BOTOCORE, BY_CLI = set(), set()


def check(name, good, detail=""):
    (PASSED if good else FAILED).append(name)
    if not good:
        print(f"FAILED {name}: {detail}")


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def problems(shape, value, place):
    """The differences between a JSON value and its shape."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            return [f"{place} is not an object"]
        found = [f"{place}.{name} is not in the model" for name in value if name not in shape.members]
        found += [f"{place}.{name} is missing" for name in shape.required_members if name not in value]
        for name, member in shape.members.items():
            if name in value:
                found += problems(member, value[name], f"{place}.{name}")
        return found
    if kind == "list":
        if not isinstance(value, list):
            return [f"{place} is not a list"]
        return [p for at, item in enumerate(value) for p in problems(shape.member, item, f"{place}[{at}]")]
    if kind == "map":
        if not isinstance(value, dict):
            return [f"{place} is not an object"]
        pairs = [(name, one, f"{place}[{name}]") for name, one in value.items()]
        return [p for name, one, at in pairs for p in problems(shape.key, name, at) + problems(shape.value, one, at)]
    if kind == "timestamp":
        return [] if isinstance(value, (int, float)) and not isinstance(value, bool) else [f"{place} is not a number"]
    if kind in ("long", "integer"):
        return [] if isinstance(value, int) and not isinstance(value, bool) else [f"{place} is not an integer"]
    if kind == "blob":
        return [] if isinstance(value, str) else [f"{place} is not base64"]
    if kind == "boolean":
        return [] if isinstance(value, bool) else [f"{place} is not a boolean"]
    if kind == "string":
        if not isinstance(value, str):
            return [f"{place} is not a string"]
        found, rules = [], shape.metadata
        if shape.enum and value not in shape.enum:
            found.append(f"{place} is {value}, not one of {shape.enum}")
        if "pattern" in rules and not re.fullmatch(rules["pattern"], value):
            found.append(f"{place} is {value}, which does not match {rules['pattern']}")
        if not rules.get("min", 0) <= len(value) <= rules.get("max", len(value)):
            found.append(f"{place} has {len(value)} characters")
        return found
    return [f"{place} is a {kind}, which is not checked"]


def members(shape, place=""):
    """The places of all members of a shape, for example `tags[].Key`."""
    if shape is None:
        return []
    if shape.type_name == "list":
        return members(shape.member, place + "[]")
    if shape.type_name != "structure":
        return []
    found = []
    for name, member in shape.members.items():
        inside = f"{place}.{name}" if place else name
        found += [inside, *members(member, inside)]
    return found


def sent(value, place=""):
    """The places of all members of a request."""
    if isinstance(value, list):
        return [inside for item in value for inside in sent(item, place + "[]")]
    if not isinstance(value, dict):
        return []
    found = []
    for name, member in value.items():
        inside = f"{place}.{name}" if place else name
        found += [inside, *sent(member, inside)]
    return found


def remember(model, params, context, **_):
    """Keeps the members of a request until its result is known."""
    body = params["body"]
    if isinstance(body, dict):
        # AWS Query: `Tags.member.1.Key`.
        names = [re.sub(r"\.member\.\d+", "[]", name) for name in body if name not in ("Action", "Version")]
        lists = [name.split("[]", 1)[0] for name in names]
        context["sent"] = [name.removesuffix("[]") for name in names] + lists
    else:
        context["sent"] = sent(json.loads(body or "{}"))


def account_for(name, http_response, context):
    unread = http_response.headers.get("x-sandbox-unread", "").split()
    UNREAD.setdefault(name, set()).update(unread)
    CARRIED_OUT.setdefault(name, set()).update(set(context["sent"]) - set(unread))


def validate_json(http_response, model, context, **_):
    name = model.name
    BY_BOTOCORE.add(name)
    body = json.loads(http_response.content)
    if http_response.status_code >= 400:
        code = body.pop("__type", None)
        declared = {error.name: error for error in model.error_shapes}
        known = code in declared or code in COMMON_ERRORS
        check(f"{name} declares its error", known, f"{code} is not declared")
        if code in declared:
            wrong = problems(declared[code], body, code)
            check(f"{name} error shape", not wrong, "; ".join(wrong))
        check(f"{name} error message", isinstance(body.get("message"), str), body)
    else:
        account_for(name, http_response, context)
        wrong = problems(model.output_shape, body, name)
        check(f"{name} answers its shape", not wrong, "; ".join(wrong))
    check(f"{name} has a request id", "x-amzn-requestid" in http_response.headers)


def validate_xml(http_response, model, context, **_):
    name = model.name
    BY_BOTOCORE.add(name)
    namespace = "{%s}" % model.metadata["xmlNamespace"]
    if http_response.status_code >= 400:
        code = ElementTree.fromstring(http_response.content).findtext(f"{namespace}Error/{namespace}Code")
        declared = {error.metadata.get("error", {}).get("code", error.name) for error in model.error_shapes}
        known = code in declared or code in COMMON_ERRORS or code in QUERY_ERRORS
        check(f"{name} declares its error", known, f"{code} is not declared")
        return
    account_for(name, http_response, context)
    root = ElementTree.fromstring(http_response.content)
    result = root.find(f"{namespace}{name}Result")
    has_result = (result is not None) == (model.output_shape is not None)
    check(f"{name} has its result element", root.tag == f"{namespace}{name}Response" and has_result, root.tag)
    check(f"{name} has a request id", root.find(f"{namespace}ResponseMetadata/{namespace}RequestId") is not None)
    if result is None:
        return

    def walk(shape, element, place):
        found = {child.tag.removeprefix(namespace) for child in element}
        wrong = [member for member in shape.required_members if member not in found]
        check(f"{name} answers its shape", not wrong, f"{place} has no {wrong}")
        for child in element:
            member = child.tag.removeprefix(namespace)
            known = member in shape.members
            check(f"{name} answers its shape", known, f"{place}.{member} is not in the model")
            inner, place_of = known and shape.members[member], f"{place}.{member}"
            if known and inner.type_name == "structure":
                walk(inner, child, place_of)
            elif known and inner.type_name == "list" and inner.member.type_name == "structure":
                for item in child:
                    check(f"{name} answers its shape", item.tag == f"{namespace}member", f"{place_of}: {item.tag}")
                    walk(inner.member, item, f"{place_of}[]")

    walk(model.output_shape, result, name)


class Sandbox:
    def __init__(self, ready, state):
        # The stack that CloudFormation knows (docs/sandbox.md).
        self.stack = state / "stack.json"
        # What scans find.
        self.findings = state / "findings.json"
        self.control = ready["control"]
        self.registries = {(r["account"], r["region"]): r["url"] for r in ready["registries"]}
        self.keys = {c["account"]: c for c in ready["credentials"]}
        self.session = botocore.session.get_session()
        # The AWS CLI has a service model of its own, which can be older than botocore's (1.46.3 has no
        # backfills); it gets botocore's.
        self.models = Path(tempfile.mkdtemp())
        atexit.register(shutil.rmtree, self.models)
        for service in ("ecr", "iam"):
            (self.models / service).symlink_to(Path(botocore.__file__).with_name("data") / service)

    def client(self, service, account, region=WEST, session=None, validation=True):
        """A client with an account's key, or with that of a session or of a user."""
        keys = self.keys[account]
        client = self.session.create_client(
            service,
            region_name=region,
            endpoint_url=self.control,
            aws_access_key_id=session["AccessKeyId"] if session else keys["access_key_id"],
            aws_secret_access_key=session["SecretAccessKey"] if session else keys["secret_access_key"],
            aws_session_token=session.get("SessionToken") if session else None,
            config=Config(retries={"max_attempts": 0}, parameter_validation=validation, proxies={}),
        )
        handler = validate_json if service in ("ecr", "kms") else validate_xml
        client.meta.events.register(f"before-call.{service}.*", remember)
        client.meta.events.register(f"after-call.{service}.*", handler)
        return client

    def cli(self, account, service, command, *arguments, region=WEST, expect=0):
        keys = self.keys[account]
        BY_CLI.add("".join(word.capitalize() for word in command.split("-")))
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": tempfile.gettempdir(),
            "AWS_ACCESS_KEY_ID": keys["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"],
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_DATA_PATH": str(self.models),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "NO_PROXY": "127.0.0.1",
        }
        line = [AWS, service, command, "--region", region, "--endpoint-url", self.control, "--output", "json"]
        done = subprocess.run([*line, *arguments], env=environment, capture_output=True, text=True, timeout=60)
        good = (done.returncode == 0) == (expect == 0)
        check(f"aws {service} {command}", good, done.stderr or done.stdout)
        if done.returncode == 0 and done.stdout.strip():
            return json.loads(done.stdout)
        return done.stderr


def refused(name, code, call, /, **arguments):
    try:
        call(**arguments)
        check(name, False, f"was answered, expected {code}")
    except ClientError as error:
        found = error.response["Error"]["Code"]
        check(name, found == code, f"{found}: {error.response['Error']['Message']}, expected {code}")
        return error.response
    return {}


def image(seed):
    config, layer = json.dumps({"seed": seed}).encode(), f"layer of {seed}".encode()
    manifest = json.dumps({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(config), "size": len(config),
        },
        "layers": [{
            "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(layer), "size": len(layer),
        }],
    })
    return config, layer, manifest


def lifecycle(**more):
    """A lifecycle policy that keeps the newest ten, with extra members in its selection."""
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10, **more}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


def statement(repositories):
    return json.dumps({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "ReplicationAccessCrossAccount",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{DEV}:root"},
            "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
            "Resource": [f"arn:aws:ecr:{WEST}:{PROD}:repository/{repositories}"],
        }],
    })


def pull_statement(account, effect="Allow", actions=("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")):
    """A repository policy about another account, without `Resource`."""
    return json.dumps({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "CrossAccountPull", "Effect": effect, "Action": list(actions),
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        }],
    })


def template_settings(account=DEV):
    """Every setting of a repository creation template."""
    return {
        "description": "Made by interop",
        "encryptionConfiguration": {
            "encryptionType": "KMS", "kmsKey": f"arn:aws:kms:{WEST}:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        },
        "resourceTags": [{"Key": "team", "Value": "a"}],
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "latest*"}],
        "repositoryPolicy": pull_statement(PROD),
        "lifecyclePolicy": lifecycle(),
        "appliedFor": ["REPLICATION", "CREATE_ON_PUSH"],
        "customRoleArn": f"arn:aws:iam::{account}:role/ecr",
    }


def upload(ecr, repository, content):
    begun = ecr.initiate_layer_upload(repositoryName=repository)
    ecr.upload_layer_part(
        repositoryName=repository, uploadId=begun["uploadId"], partFirstByte=0,
        partLastByte=len(content) - 1, layerPartBlob=content,
    )
    ecr.complete_layer_upload(
        repositoryName=repository, uploadId=begun["uploadId"], layerDigests=[digest(content)]
    )


def polled(what, read, ended):
    """Reads until it has ended, for at most 30 seconds.

    However often it asks, its checks count as those of one answer.
    """
    end, before = time.monotonic() + 30, list(PASSED)
    while True:
        PASSED[:] = before
        found = read()
        if ended(found):
            return found
        if time.monotonic() > end:
            check(f"{what} ends", False, found)
            return found
        time.sleep(0.05)


def replicated(status):
    """Polls until no replication is IN_PROGRESS."""
    return polled(
        "replication", lambda: status()["replicationStatuses"],
        lambda statuses: statuses and all(s["status"] != "IN_PROGRESS" for s in statuses),
    )


def backfilled(results):
    """Polls until a backfill has ended."""
    return polled("backfill", results, lambda found: found["status"] in ("COMPLETE", "FAILED", "STOPPED"))


def by_botocore(sandbox):
    suffix = uuid.uuid4().hex[:8]
    name = f"botocore-{suffix}"
    ecr, prod = sandbox.client("ecr", DEV), sandbox.client("ecr", PROD)

    sts = sandbox.client("sts", DEV)
    check("identity", sts.get_caller_identity()["Account"] == DEV)
    role = f"arn:aws:iam::{PROD}:role/deployer"
    session = sts.assume_role(RoleArn=role, RoleSessionName="interop")["Credentials"]
    assumed = sandbox.client("sts", DEV, session=session).get_caller_identity()
    check("assumed identity", assumed["Arn"] == f"arn:aws:sts::{PROD}:assumed-role/deployer/interop", assumed)
    registry = sandbox.client("ecr", DEV, session=session).describe_registry()["registryId"]
    check("assumed registry", registry == PROD, registry)
    device = dict(SerialNumber=f"arn:aws:iam::{DEV}:mfa/me")
    own = sts.get_session_token(TokenCode="123456", **device)["Credentials"]
    me = sandbox.client("sts", DEV, session=own).get_caller_identity()["Arn"]
    check("own identity", me == f"arn:aws:iam::{DEV}:user/administrator", me)
    refused("wrong code", "AccessDenied", sts.get_session_token, TokenCode="000000", **device)
    refused("token for a session", "AccessDenied", sandbox.client("sts", DEV, session=own).get_session_token)
    wrong = dict(session, SecretAccessKey="x" * 40)
    refused("bad signature", "InvalidSignatureException", sandbox.client("ecr", DEV, session=wrong).describe_registry)
    refused(
        "bad signature for STS", "SignatureDoesNotMatch",
        sandbox.client("sts", DEV, session=wrong).get_caller_identity,
    )

    data = ecr.get_authorization_token()["authorizationData"][0]
    check("token is AWS:…", base64.b64decode(data["authorizationToken"]).startswith(b"AWS:"))
    check("endpoint is the registry's", data["proxyEndpoint"] == sandbox.registries[DEV, WEST], data["proxyEndpoint"])
    hours = (data["expiresAt"].timestamp() - time.time()) / 3600
    check("token holds 12 hours", 11.9 < hours < 12.1, hours)
    request = urllib.request.Request(
        data["proxyEndpoint"] + "/v2/", headers={"Authorization": "Basic " + data["authorizationToken"]}
    )
    check("token opens the data plane", OPENER.open(request, timeout=10).status == 200)

    created = ecr.create_repository(
        repositoryName=name,
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "latest*"}],
        imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "KMS"},
        tags=[{"Key": "team", "Value": "a"}],
    )["repository"]
    refused("same name", "RepositoryAlreadyExistsException", ecr.create_repository, repositoryName=name)
    loose = sandbox.client("ecr", DEV, validation=False)
    refused("bad name", "InvalidParameterException", loose.create_repository, repositoryName="PROD*")
    refused("no name", "InvalidParameterException", loose.create_repository)
    refused("name of a wrong type", "SerializationException", loose.create_repository, repositoryName=5)
    arn = created["repositoryArn"]
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "cost", "Value": "1"}])
    ecr.untag_resource(resourceArn=arn, tagKeys=["team"])
    tags = ecr.list_tags_for_resource(resourceArn=arn)["tags"]
    check("tags", tags == [{"Key": "cost", "Value": "1"}], tags)
    refused("bad ARN", "InvalidParameterException", ecr.list_tags_for_resource, resourceArn="arn:aws:s3:::x")
    ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration={"scanOnPush": False})
    scanning = ecr.batch_get_repository_scanning_configuration(repositoryNames=[name])["scanningConfigurations"]
    check("the scanning of a repository is read", [one["scanFrequency"] for one in scanning] == ["MANUAL"], scanning)
    of_name = dict(repositoryName=name)
    refused("no lifecycle policy", "LifecyclePolicyNotFoundException", ecr.get_lifecycle_policy, **of_name)
    wrong = lifecycle(countUnit="days")
    refused(
        "bad lifecycle policy", "InvalidParameterException",
        ecr.put_lifecycle_policy, lifecyclePolicyText=wrong, **of_name,
    )
    ecr.put_lifecycle_policy(lifecyclePolicyText=lifecycle(), **of_name)
    kept = ecr.get_lifecycle_policy(**of_name)["lifecyclePolicyText"]
    check("lifecycle policy", kept == lifecycle(), kept)
    ecr.delete_lifecycle_policy(**of_name)
    refused("policy is gone", "LifecyclePolicyNotFoundException", ecr.delete_lifecycle_policy, **of_name)
    for page in ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 1}):
        check("one repository on a page", len(page["repositories"]) == 1)
    described = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    check("settings", described["imageTagMutability"] == "IMMUTABLE", described)
    missing = f"none-{suffix}"
    refused("no repository", "RepositoryNotFoundException", ecr.describe_repositories, repositoryNames=[missing])

    config, layer, manifest = image(suffix)
    answer = ecr.batch_check_layer_availability(repositoryName=name, layerDigests=[digest(layer), "nonsense"])
    check("layer is missing", answer["layers"][0]["layerAvailability"] == "UNAVAILABLE", answer)
    refused("no layers", "LayersNotFoundException", ecr.put_image, repositoryName=name, imageManifest=manifest)
    for blob in (config, layer):
        upload(ecr, name, blob)
    answer = ecr.batch_check_layer_availability(repositoryName=name, layerDigests=[digest(layer)])
    check("layer exists", answer["layers"][0]["layerAvailability"] == "AVAILABLE", answer)
    refused(
        "layer of no image", "LayerInaccessibleException",
        ecr.get_download_url_for_layer, repositoryName=name, layerDigest=digest(layer),
    )
    refused(
        "no such layer", "LayersNotFoundException",
        ecr.get_download_url_for_layer, repositoryName=name, layerDigest=digest(b"x"),
    )
    begun = ecr.initiate_layer_upload(repositoryName=name)["uploadId"]
    part = dict(repositoryName=name, uploadId=begun, partFirstByte=5, partLastByte=5, layerPartBlob=b"x")
    error = refused("gap", "InvalidLayerPartException", ecr.upload_layer_part, **part)
    check("gap reports the offset", error.get("lastValidByteReceived") == -1, error)
    complete = dict(repositoryName=name, uploadId=begun, layerDigests=[digest(b"x")])
    refused("no parts", "EmptyUploadException", ecr.complete_layer_upload, **complete)
    stranger = dict(complete, uploadId=str(uuid.uuid4()))
    refused("no upload", "UploadNotFoundException", ecr.complete_layer_upload, **stranger)

    ecr.put_image(repositoryName=name, imageManifest=manifest, imageTag="1", imageDigest=digest(manifest.encode()))
    url = ecr.get_download_url_for_layer(repositoryName=name, layerDigest=digest(layer))["downloadUrl"]
    check("layer can be downloaded", OPENER.open(url, timeout=10).read() == layer)
    put = dict(repositoryName=name, imageManifest=manifest)
    refused("immutable", "ImageTagAlreadyExistsException", ecr.put_image, imageTag="1", **put)
    refused("no tag, same image", "ImageAlreadyExistsException", ecr.put_image, **put)
    refused("other digest", "ImageDigestDoesNotMatchException", ecr.put_image, imageDigest=digest(b"x"), **put)
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json"}
    listed = [{"mediaType": OCI_MANIFEST, "digest": digest(manifest.encode()), "size": len(manifest)}]
    absent = [dict(listed[0], digest=digest(b"x"))]
    refused(
        "no children", "ReferencedImagesNotFoundException",
        ecr.put_image, repositoryName=name, imageManifest=json.dumps({**index, "manifests": absent}),
    )
    ecr.put_image(repositoryName=name, imageManifest=json.dumps({**index, "manifests": listed}), imageTag="list")
    ids = ecr.list_images(repositoryName=name, filter={"tagStatus": "TAGGED"})["imageIds"]
    check("tags of both", sorted(i["imageTag"] for i in ids) == ["1", "list"], ids)
    details = ecr.get_paginator("describe_images").paginate(repositoryName=name, PaginationConfig={"PageSize": 1})
    details = details.build_full_result()["imageDetails"]
    check("details of both", {d["imageSizeInBytes"] for d in details} == {len(layer)}, details)
    got = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "1"}, {"imageTag": "2"}, {}])
    check("same bytes", got["images"][0]["imageManifest"] == manifest)
    check("failures", [f["failureCode"] for f in got["failures"]] == ["ImageNotFound", "MissingDigestAndTag"], got)
    pulled = ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": "1"}])["imageDetails"][0]
    check("pull time", "lastRecordedPullTime" in pulled, pulled)
    refused(
        "no image", "ImageNotFoundException",
        ecr.describe_images, repositoryName=name, imageIds=[{"imageTag": "2"}],
    )

    refused("no policy", "RegistryPolicyNotFoundException", prod.get_registry_policy)
    refused("bad policy", "InvalidParameterException", prod.put_registry_policy, policyText="{}")
    prod.put_registry_policy(policyText=statement("*"))
    check("policy", json.loads(prod.get_registry_policy()["policyText"]) == json.loads(statement("*")))
    rule = {
        "destinations": [{"region": WEST, "registryId": PROD}, {"region": "eu-west-1", "registryId": DEV}],
        "repositoryFilters": [{"filter": f"replicated-{suffix}", "filterType": "PREFIX_MATCH"}],
        "deleteReplication": {"enabled": False},
    }
    ecr.put_replication_configuration(replicationConfiguration={"rules": [rule]})
    stored = ecr.describe_registry()["replicationConfiguration"]
    check("configuration", stored == {"rules": [rule]}, stored)
    own = dict(rule, destinations=[{"region": WEST, "registryId": DEV}])
    refused(
        "own registry", "InvalidParameterException",
        ecr.put_replication_configuration, replicationConfiguration={"rules": [own]},
    )
    copy = f"replicated-{suffix}"
    ecr.create_repository(repositoryName=copy)
    for blob in (config, layer):
        upload(ecr, copy, blob)
    ecr.put_image(repositoryName=copy, imageManifest=manifest, imageTag="21")
    asked = dict(repositoryName=copy, imageId={"imageTag": "21"})
    statuses = replicated(lambda: ecr.describe_image_replication_status(**asked))
    check("both complete", [s["status"] for s in statuses] == ["COMPLETE"] * 2, statuses)
    there = prod.describe_images(repositoryName=copy, imageIds=[{"imageTag": "21"}])["imageDetails"][0]
    check("same digest", there["imageDigest"] == digest(manifest.encode()), there)
    denied = dict(registryId=PROD, repositoryName=copy)
    refused("another registry", "AccessDeniedException", ecr.list_images, **denied)
    ecr.put_replication_configuration(replicationConfiguration={"rules": []})
    prod.delete_registry_policy()

    setting = "BLOB_MOUNTING"
    check("default setting", ecr.get_account_setting(name=setting)["value"] == "DISABLED")
    ecr.put_account_setting(name=setting, value="ENABLED")
    check("setting", ecr.get_account_setting(name=setting)["value"] == "ENABLED")
    ecr.put_account_setting(name=setting, value="DISABLED")
    refused("no setting", "ValidationException", ecr.get_account_setting, name="COLOUR")
    scope = dict(name="REGISTRY_POLICY_SCOPE")
    check("scope of registry policies", ecr.put_account_setting(value="V2", **scope)["value"] == "V2")
    check("scope stays", ecr.get_account_setting(**scope)["value"] == "V2")
    refused("no way back to V1", "ValidationException", ecr.put_account_setting, value="V1", **scope)

    deleted = ecr.batch_delete_image(repositoryName=name, imageIds=[{"imageTag": "1"}])
    check("child stays", deleted["failures"][0]["failureCode"] == "ImageReferencedByManifestList", deleted)
    refused("not empty", "RepositoryNotEmptyException", ecr.delete_repository, repositoryName=name)
    deleted = ecr.batch_delete_image(repositoryName=name, imageIds=[{"imageTag": "list"}, {"imageTag": "1"}])
    check("both deleted", len(deleted["imageIds"]) == 2 and not deleted["failures"], deleted)
    ecr.delete_repository(repositoryName=name)
    ecr.delete_repository(repositoryName=copy, force=True)
    prod.delete_repository(repositoryName=copy, force=True)
    sandbox.client("ecr", DEV, region="eu-west-1").delete_repository(repositoryName=copy, force=True)


def of_repositories(sandbox):
    """Repository policies and repository creation templates, through botocore."""
    suffix = uuid.uuid4().hex[:8]
    name = dict(repositoryName=f"policy-{suffix}")
    ecr, prod = sandbox.client("ecr", DEV), sandbox.client("ecr", PROD)
    prod.create_repository(**name)
    theirs = dict(registryId=PROD, imageIds=[{"imageTag": "1"}], **name)
    refused("no repository policy", "RepositoryPolicyNotFoundException", prod.get_repository_policy, **name)
    refused("pull without a policy", "AccessDeniedException", ecr.batch_get_image, **theirs)
    refused("bad repository policy", "InvalidParameterException", prod.set_repository_policy, policyText="{}", **name)
    prod.set_repository_policy(policyText=pull_statement(DEV), **name)
    kept = prod.get_repository_policy(**name)["policyText"]
    check("repository policy", json.loads(kept)["Statement"][0]["Sid"] == "CrossAccountPull", kept)
    found = ecr.batch_get_image(**theirs)
    check("pull with a policy", found["failures"][0]["failureCode"] == "ImageNotFound", found)
    lock = dict(policyText=pull_statement(PROD, "Deny", ["ecr:SetRepositoryPolicy"]), **name)
    refused("lock-out", "InvalidParameterException", prod.set_repository_policy, **lock)
    prod.set_repository_policy(force=True, **lock)
    refused("locked out", "AccessDeniedException", prod.set_repository_policy, policyText=pull_statement(DEV), **name)
    prod.delete_repository_policy(**name)
    refused("no policy left", "RepositoryPolicyNotFoundException", prod.delete_repository_policy, **name)
    prod.delete_repository(**name)

    prefix = dict(prefix=f"team-{suffix}")
    created = ecr.create_repository_creation_template(**prefix, **template_settings())["repositoryCreationTemplate"]
    check("template", all(created[key] == value for key, value in template_settings().items()), created)
    refused(
        "same template", "TemplateAlreadyExistsException",
        ecr.create_repository_creation_template, appliedFor=["REPLICATION"], **prefix,
    )
    pushed = f"team-{suffix}/app"
    ecr.initiate_layer_upload(repositoryName=pushed)
    found = ecr.describe_repositories(repositoryNames=[pushed])["repositories"][0]
    check("created on push", found["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION", found)
    ecr.delete_repository(repositoryName=pushed)
    updated = ecr.update_repository_creation_template(description="Changed", **prefix)["repositoryCreationTemplate"]
    check("updated template", (updated["description"], updated["appliedFor"]) == ("Changed", created["appliedFor"]))
    listed = ecr.describe_repository_creation_templates(prefixes=[prefix["prefix"]])["repositoryCreationTemplates"]
    check("one template", [found["prefix"] for found in listed] == [prefix["prefix"]], listed)
    ecr.delete_repository_creation_template(**prefix)
    for call in (ecr.delete_repository_creation_template, ecr.update_repository_creation_template):
        refused("no template", "TemplateNotFoundException", call, **prefix)


def of_backfills(sandbox):
    """Replication backfills, through botocore."""
    name = f"backfill-{uuid.uuid4().hex[:8]}"
    ecr = sandbox.client("ecr", DEV)
    ecr.create_repository(repositoryName=name)
    config, layer, manifest = image(name)
    for blob in (config, layer):
        upload(ecr, name, blob)
    for tag in ("1", "2"):
        ecr.put_image(repositoryName=name, imageManifest=manifest, imageTag=tag)
    ireland, ohio = ({"region": region, "registryId": DEV} for region in ("eu-west-1", "us-east-2"))
    refused(
        "destination of no rule", "InvalidParameterException",
        ecr.start_replication_backfill, destination=ireland,
    )
    filters = [{"filter": name, "filterType": "PREFIX_MATCH"}]
    rule = {"destinations": [ireland, ohio], "repositoryFilters": filters}
    ecr.put_replication_configuration(replicationConfiguration={"rules": [rule]})
    own = dict(registryId=DEV)
    started = ecr.start_replication_backfill(destination=ireland, **own)
    check("prepared first", started["status"] == "PREPARING", started)
    refused(
        "one for a Region", "ReplicationBackfillInProgressException",
        ecr.start_replication_backfill, destination=ireland,
    )
    other = ecr.start_replication_backfill(destination=ohio)["replicationBackfillId"]
    stopped = ecr.stop_replication_backfill(replicationBackfillId=other, **own)
    check("stopped", stopped["status"] in ("STOPPED", "STOPPING"), stopped)
    refused(
        "stopped twice", "ReplicationBackfillInvalidStatusException",
        ecr.stop_replication_backfill, replicationBackfillId=other,
    )
    refused(
        "no backfill", "ReplicationBackfillNotFoundException",
        ecr.stop_replication_backfill, replicationBackfillId=str(uuid.uuid4()),
    )
    one = dict(replicationBackfillId=started["replicationBackfillId"], **own)
    found = backfilled(lambda: ecr.describe_replication_backfill_results(**one))
    progress = dict(totalReplicationCount=2, completedReplicationCount=2, failedReplicationCount=0, failureCodes=[])
    check("backfilled", (found["status"], found["progress"]) == ("COMPLETE", progress), found)
    check("both tags", {result["imageId"]["imageTag"] for result in found["results"]} == {"1", "2"}, found)
    there = sandbox.client("ecr", DEV, region="eu-west-1")
    check("copied", len(there.list_images(repositoryName=name)["imageIds"]) == 2)
    first = dict(resultStatusFilter="COMPLETE", maxResults=1, **one)
    token = ecr.describe_replication_backfill_results(**first)["nextToken"]
    check("second result", len(ecr.describe_replication_backfill_results(nextToken=token, **first)["results"]) == 1)
    pages = dict(maxResults=1, **own)
    token = ecr.list_replication_backfills(**pages)["nextToken"]
    second = ecr.list_replication_backfills(nextToken=token, **pages)["backfills"]
    ids = [found["replicationBackfillId"] for found in second]
    check("newest first", ids == [one["replicationBackfillId"]], second)
    ecr.put_replication_configuration(replicationConfiguration={"rules": []})
    for client in (ecr, there):
        client.delete_repository(repositoryName=name, force=True)


def identity_policy(actions, resource="*"):
    """A policy of a user, a group or a role."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(principal):
    """The trust policy of a role."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def pages(call, of, **arguments):
    """Reads the first two pages, of one item each."""
    first = call(MaxItems=1, **arguments)
    second = call(MaxItems=1, Marker=first["Marker"], **arguments)
    check(f"pages of {of}", len(first[of]) == len(second[of]) == 1 and first[of] != second[of], [first, second])


def of_iam(sandbox):
    """Users, groups, roles and policies, through botocore."""
    iam, path = sandbox.client("iam", DEV), dict(Path="/interop/")
    within = dict(PathPrefix="/interop/")
    tags = [{"Key": "team", "Value": "a"}]
    arns = []
    for name in ("interop-one", "interop-two"):
        document = identity_policy(["ecr:DescribeRegistry", "ecr:GetAuthorizationToken"])
        created = iam.create_policy(
            PolicyName=name, PolicyDocument=document, Description="Made by interop", Tags=tags, **path
        )["Policy"]
        arns.append(created["Arn"])
    check("policy's ARN", arns[0] == f"arn:aws:iam::{DEV}:policy/interop/interop-one", arns)
    found = iam.get_policy(PolicyArn=arns[0])["Policy"]
    check("policy", (found["Description"], found["Tags"]) == ("Made by interop", tags), found)
    refused("same policy", "EntityAlreadyExists", iam.create_policy, PolicyName="interop-one", PolicyDocument=document)
    refused("bad policy", "MalformedPolicyDocument", iam.create_policy, PolicyName="bad", PolicyDocument="{}")
    second = iam.create_policy_version(
        PolicyArn=arns[0], PolicyDocument=identity_policy("ecr:*"), SetAsDefault=True
    )["PolicyVersion"]
    check("new version", (second["VersionId"], second["IsDefaultVersion"]) == ("v2", True), second)
    iam.set_default_policy_version(PolicyArn=arns[0], VersionId="v1")
    version = iam.get_policy_version(PolicyArn=arns[0], VersionId="v2")["PolicyVersion"]
    check("document of a version", version["Document"]["Statement"][0]["Action"] == "ecr:*", version)
    pages(iam.list_policy_versions, "Versions", PolicyArn=arns[0])
    default = dict(PolicyArn=arns[0], VersionId="v1")
    refused("default version", "DeleteConflict", iam.delete_policy_version, **default)
    iam.delete_policy_version(PolicyArn=arns[0], VersionId="v2")
    refused("no version", "NoSuchEntity", iam.get_policy_version, PolicyArn=arns[0], VersionId="v2")

    made = {"user": [], "group": [], "role": []}
    bound = dict(PermissionsBoundary=arns[0], Tags=tags, **path)
    for name in ("interop-a", "interop-b"):
        made["user"].append(iam.create_user(UserName=name, **bound)["User"])
        made["group"].append(iam.create_group(GroupName=name, **path)["Group"])
        made["role"].append(iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=trust(DEV), Description="Made by interop",
            MaxSessionDuration=7200, **bound,
        )["Role"])
        for group in ("interop-a", "interop-b")[:len(made["group"])]:
            iam.add_user_to_group(GroupName=group, UserName="interop-a")
        iam.add_user_to_group(GroupName="interop-a", UserName=name)
    refused("bad path", "ValidationError", iam.create_user, UserName="x", Path="x")
    check("user", iam.get_user(UserName="interop-a")["User"]["Tags"] == tags, made["user"])
    check("own user", iam.get_user()["User"]["UserName"] == "administrator")
    role = iam.get_role(RoleName="interop-a")["Role"]
    check("role", (role["MaxSessionDuration"], role["PermissionsBoundary"]["PermissionsBoundaryArn"])
          == (7200, arns[0]), role)
    pages(iam.get_group, "Users", GroupName="interop-a")
    pages(iam.list_groups_for_user, "Groups", UserName="interop-a")
    for kind in ("user", "group", "role"):
        named = {f"{kind.capitalize()}Name": "interop-a"}
        pages(getattr(iam, f"list_{kind}s"), f"{kind.capitalize()}s", **within)
        for arn in arns:
            getattr(iam, f"attach_{kind}_policy")(PolicyArn=arn, **named)
        pages(getattr(iam, f"list_attached_{kind}_policies"), "AttachedPolicies", **named, **within)
        for inline in ("one", "two"):
            getattr(iam, f"put_{kind}_policy")(PolicyName=inline, PolicyDocument=identity_policy("ecr:*"), **named)
        pages(getattr(iam, f"list_{kind}_policies"), "PolicyNames", **named)
        kept = getattr(iam, f"get_{kind}_policy")(PolicyName="one", **named)
        check(f"inline policy of a {kind}", kept["PolicyDocument"] == json.loads(identity_policy("ecr:*")), kept)
        missing = dict(PolicyName="three", **named)
        refused(f"no policy of a {kind}", "NoSuchEntity", getattr(iam, f"get_{kind}_policy"), **missing)
    of_aws = iam.list_policies(Scope="AWS", **dict(PathPrefix="/"))["Policies"]
    check("policies of AWS", "AmazonEC2ContainerRegistryPullOnly" in {p["PolicyName"] for p in of_aws}, of_aws)
    attached = dict(Scope="Local", OnlyAttached=True, PolicyUsageFilter="PermissionsPolicy", **within)
    pages(iam.list_policies, "Policies", **attached)
    holders = dict(PolicyArn=arns[0], PolicyUsageFilter="PermissionsPolicy", **within)
    everyone = iam.list_entities_for_policy(**holders)
    check("holders", [len(everyone[of]) for of in ("PolicyGroups", "PolicyUsers", "PolicyRoles")] == [1] * 3, everyone)
    bounds = dict(PolicyArn=arns[0], EntityFilter="User", PolicyUsageFilter="PermissionsBoundary", **within)
    pages(iam.list_entities_for_policy, "PolicyUsers", **bounds)

    key = iam.create_access_key(UserName="interop-a")["AccessKey"]
    iam.create_access_key(UserName="interop-a")
    refused("third key", "LimitExceeded", iam.create_access_key, UserName="interop-a")
    pages(iam.list_access_keys, "AccessKeyMetadata", UserName="interop-a")
    fresh = iam.list_access_keys(UserName="interop-a")["AccessKeyMetadata"][-1]["AccessKeyId"]
    used = iam.get_access_key_last_used(AccessKeyId=fresh)
    check("whose key it is", used["UserName"] == "interop-a", used)
    own = iam.get_access_key_last_used(AccessKeyId=sandbox.keys[DEV]["access_key_id"])
    check("the last use of a key", own["AccessKeyLastUsed"]["ServiceName"] == "iam", own)
    refused("the last use of no key", "AccessDenied", iam.get_access_key_last_used, AccessKeyId="AKIAEXAMPLE000009999")
    theirs = dict(AccessKeyId=key["AccessKeyId"], SecretAccessKey=key["SecretAccessKey"])
    ecr = sandbox.client("ecr", DEV, session=theirs)
    check("a user's key", ecr.describe_registry()["registryId"] == DEV)
    refused("beyond the boundary", "AccessDeniedException", ecr.get_registry_policy)
    refused("not a user's to call", "AccessDenied", sandbox.client("iam", DEV, session=theirs).list_users)
    iam.update_access_key(UserName="interop-a", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    refused("inactive key", "UnrecognizedClientException", ecr.describe_registry)

    simulated = dict(
        ActionNames=["ecr:PutImage", "ecr:DescribeRegistry"], ResourceArns=["*"], CallerArn=made["user"][0]["Arn"],
        PolicyInputList=[identity_policy("ecr:*")], PermissionsBoundaryPolicyInputList=[document],
    )
    found = iam.simulate_principal_policy(PolicySourceArn=made["user"][0]["Arn"], **simulated)["EvaluationResults"]
    check("simulated", [one["EvalDecision"] for one in found] == ["implicitDeny", "allowed"], found)
    pages(iam.simulate_principal_policy, "EvaluationResults", PolicySourceArn=made["user"][0]["Arn"], **simulated)
    pages(iam.simulate_custom_policy, "EvaluationResults", **simulated)
    refused("bad simulation", "InvalidInput", iam.simulate_custom_policy, PolicyInputList=["{}"], ActionNames=["ecr:x"])

    refused("boundary in use", "DeleteConflict", iam.delete_policy, PolicyArn=arns[0])
    iam.update_assume_role_policy(RoleName="interop-a", PolicyDocument=trust(PROD))
    refused("bad trust", "MalformedPolicyDocument", iam.update_assume_role_policy, RoleName="interop-a",
            PolicyDocument=identity_policy("sts:AssumeRole"))
    for known in iam.list_access_keys(UserName="interop-a")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="interop-a", AccessKeyId=known["AccessKeyId"])
    for name in ("interop-a", "interop-b"):
        iam.remove_user_from_group(GroupName="interop-a", UserName=name)
    iam.remove_user_from_group(GroupName="interop-b", UserName="interop-a")
    for kind in ("user", "group", "role"):
        named = {f"{kind.capitalize()}Name": "interop-a"}
        refused(f"{kind} with policies", "DeleteConflict", getattr(iam, f"delete_{kind}"), **named)
        for arn in arns:
            getattr(iam, f"detach_{kind}_policy")(PolicyArn=arn, **named)
        for inline in ("one", "two"):
            getattr(iam, f"delete_{kind}_policy")(PolicyName=inline, **named)
        if kind != "group":
            getattr(iam, f"delete_{kind}_permissions_boundary")(**named)
            getattr(iam, f"put_{kind}_permissions_boundary")(PermissionsBoundary=arns[1], **named)
        for name in ("interop-a", "interop-b"):
            getattr(iam, f"delete_{kind}")(**{f"{kind.capitalize()}Name": name})
        refused(f"no {kind}", "NoSuchEntity", getattr(iam, f"get_{kind}"), **named)
    for arn in arns:
        iam.delete_policy(PolicyArn=arn)
    # The role of Dev may exist; that of Prod, which replicates nothing, does not.
    other = sandbox.client("iam", PROD)
    service = dict(AWSServiceName="replication.ecr.amazonaws.com")
    refused("no suffix", "InvalidInput", other.create_service_linked_role, CustomSuffix="x", **service)
    linked = other.create_service_linked_role(Description="Made by interop", **service)["Role"]
    check("service-linked role", linked["RoleName"] == "AWSServiceRoleForECRReplication", linked)
    refused("role twice", "InvalidInput", other.create_service_linked_role, **service)


def of_iam_by_cli(sandbox):
    def iam(command, *arguments, **options):
        return sandbox.cli(DEV, "iam", command, *arguments, **options)

    arn = iam("create-policy", "--policy-name", "cli", "--policy-document", identity_policy("ecr:*"))["Policy"]["Arn"]
    policy = ["--policy-arn", arn]
    iam("get-policy", *policy)
    iam("list-policies", "--scope", "Local")
    iam("create-policy-version", *policy, "--policy-document", identity_policy("ecr:List*"), "--set-as-default")
    iam("set-default-policy-version", *policy, "--version-id", "v1")
    version = iam("get-policy-version", *policy, "--version-id", "v1")["PolicyVersion"]["Document"]
    check("cli document", version == json.loads(identity_policy("ecr:*")), version)
    check("cli versions", len(iam("list-policy-versions", *policy)["Versions"]) == 2)
    iam("delete-policy-version", *policy, "--version-id", "v2")
    document = ["--policy-document", identity_policy("ecr:ListImages")]
    for kind in ("user", "group", "role"):
        named = [f"--{kind}-name", "cli"]
        iam(f"create-{kind}", *named, *(["--assume-role-policy-document", trust(DEV)] if kind == "role" else []))
        iam(f"get-{kind}", *named)
        iam(f"list-{kind}s")
        iam(f"attach-{kind}-policy", *named, *policy)
        attached = iam(f"list-attached-{kind}-policies", *named)["AttachedPolicies"]
        check(f"cli attached to a {kind}", [one["PolicyArn"] for one in attached] == [arn], attached)
        iam(f"put-{kind}-policy", *named, "--policy-name", "inline", *document)
        iam(f"get-{kind}-policy", *named, "--policy-name", "inline")
        check(f"cli inline of a {kind}", iam(f"list-{kind}-policies", *named)["PolicyNames"] == ["inline"])
        if kind != "group":
            iam(f"put-{kind}-permissions-boundary", *named, "--permissions-boundary", arn)
            iam(f"delete-{kind}-permissions-boundary", *named)
    membership = ["--group-name", "cli", "--user-name", "cli"]
    iam("add-user-to-group", *membership)
    check("cli groups", len(iam("list-groups-for-user", "--user-name", "cli")["Groups"]) == 1)
    iam("list-entities-for-policy", *policy)
    key = ["--user-name", "cli", "--access-key-id"]
    key.append(iam("create-access-key", "--user-name", "cli")["AccessKey"]["AccessKeyId"])
    iam("update-access-key", *key, "--status", "Inactive")
    keys = iam("list-access-keys", "--user-name", "cli")["AccessKeyMetadata"]
    iam("get-access-key-last-used", "--access-key-id", keys[0]["AccessKeyId"])
    check("cli key", [one["Status"] for one in keys] == ["Inactive"], keys)
    iam("update-assume-role-policy", "--role-name", "cli", "--policy-document", trust(PROD))
    simulated = iam("simulate-custom-policy", "--policy-input-list", identity_policy("ecr:*"), "--action-names", "ecr:x")
    check("cli simulation", simulated["EvaluationResults"][0]["EvalDecision"] == "allowed", simulated)
    error = iam("delete-user", "--user-name", "cli", expect=1)
    check("cli shows the conflict", "(DeleteConflict)" in error, error)
    service = ["--aws-service-name", "replication.ecr.amazonaws.com"]
    error = sandbox.cli(PROD, "iam", "create-service-linked-role", *service, expect=1)
    check("cli shows that the role exists", "(InvalidInput)" in error, error)
    iam("remove-user-from-group", *membership)
    iam("delete-access-key", *key)
    for kind in ("user", "group", "role"):
        named = [f"--{kind}-name", "cli"]
        iam(f"detach-{kind}-policy", *named, *policy)
        iam(f"delete-{kind}-policy", *named, "--policy-name", "inline")
        iam(f"delete-{kind}", *named)
    iam("delete-policy", *policy)


def archived(client, of):
    """Moves an image to the archive and back."""
    status = client.update_image_storage_class(targetStorageClass="ARCHIVE", **of)["imageStatus"]
    check("archived at once", status == "ARCHIVED", status)
    name = dict(registryId=DEV, repositoryName=of["repositoryName"])
    listed = client.describe_images(filter={"imageStatus": "ARCHIVED"}, **name)["imageDetails"]
    check("an archived image is listed as such", [one["imageTags"] for one in listed] == [["1"]], listed)
    check("and has a time", "lastArchivedAt" in listed[0], listed)
    left = client.describe_images(filter={"imageStatus": "ACTIVE"}, **name)["imageDetails"]
    check("no active one of this tag", all(["1"] != one.get("imageTags") for one in left), left)
    found = client.batch_get_image(imageIds=[of["imageId"]], **name)
    check("it cannot be pulled", [one["failureCode"] for one in found["failures"]] == ["ImageInaccessible"], found)
    refused("no scan of an archived image", "ImageArchivedException", client.start_image_scan, **of)
    status = client.update_image_storage_class(targetStorageClass="STANDARD", **of)["imageStatus"]
    check("it is being restored", status == "ACTIVATING", status)
    back = polled(
        "the image is restored", lambda: client.describe_images(imageIds=[of["imageId"]], **name)["imageDetails"],
        lambda found: found and found[0]["imageStatus"] == "ACTIVE",
    )
    check("and says when", "lastActivatedAt" in back[0], back)
    check("it can be pulled", client.batch_get_image(imageIds=[of["imageId"]], **name)["images"])


def of_images(sandbox):
    """Scans, the archive, referrers, previews and signatures, through botocore."""
    name = f"features-{uuid.uuid4().hex[:8]}"
    ecr = sandbox.client("ecr", DEV)
    of_name = dict(registryId=DEV, repositoryName=name)
    profile = f"arn:aws:signer:{WEST}:{DEV}:/signing-profiles/releases"
    rules = [{"signingProfileArn": profile,
              "repositoryFilters": [{"filter": "features-*", "filterType": "WILDCARD_MATCH"}]}]
    refused("no signing", "SigningConfigurationNotFoundException", ecr.get_signing_configuration)
    abroad = {"rules": [{"signingProfileArn": profile.replace(WEST, "eu-west-1")}]}
    refused("a profile of another Region", "ValidationException", ecr.put_signing_configuration,
            signingConfiguration=abroad)
    kept = ecr.put_signing_configuration(signingConfiguration={"rules": rules})["signingConfiguration"]
    check("signing rules", kept["rules"] == rules, kept)
    check("signing rules are read", ecr.get_signing_configuration()["signingConfiguration"]["rules"] == rules)

    ecr.create_repository(repositoryName=name)
    config, layer, manifest = image(name)
    for blob in (config, layer):
        upload(ecr, name, blob)
    put = ecr.put_image(imageManifest=manifest, imageTag="1", **of_name)["image"]["imageId"]
    subject = {"mediaType": OCI_MANIFEST, "digest": put["imageDigest"], "size": len(manifest)}
    for seed in ("a", "b"):
        signature = {**json.loads(manifest), "subject": subject, "artifactType": "application/vnd.example.signature",
                     "annotations": {"seed": seed}}
        ecr.put_image(imageManifest=json.dumps(signature), **of_name)
    of = dict(imageId={"imageTag": "1", "imageDigest": put["imageDigest"]}, **of_name)

    asked = dict(
        subjectId={"imageDigest": put["imageDigest"]}, maxResults=1,
        filter={"artifactTypes": ["application/vnd.example.signature"], "artifactStatus": "ACTIVE"}, **of_name,
    )
    first = ecr.list_image_referrers(**asked)
    second = ecr.list_image_referrers(nextToken=first["nextToken"], **asked)
    both = [one["annotations"]["seed"] for page in (first, second) for one in page["referrers"]]
    check("referrers", sorted(both) == ["a", "b"] and "nextToken" not in second, both)
    other = {**asked, "filter": {"artifactTypes": ["application/vnd.example.other"]}}
    check("referrers of another type", not ecr.list_image_referrers(**other)["referrers"])

    signing = ecr.describe_image_signing_status(**of)["signingStatuses"]
    check("nothing is signed, and it says so", [one["status"] for one in signing] == ["FAILED"], signing)
    ecr.delete_signing_configuration()
    refused("no signing left", "SigningConfigurationNotFoundException", ecr.delete_signing_configuration)

    refused("no scan", "ScanNotFoundException", ecr.describe_image_scan_findings, **of)
    sandbox.findings.write_text(json.dumps({put["imageDigest"]: {"findings": [
        {"name": f"CVE-2026-000{n}", "severity": "HIGH", "uri": "https://example.com", "description": "One",
         "attributes": [{"key": "package_name", "value": "openssl"}]} for n in (1, 2)
    ]}}))
    started = ecr.start_image_scan(**of)["imageScanStatus"]["status"]
    sandbox.findings.unlink()
    check("a scan starts", started == "IN_PROGRESS", started)
    first = ecr.describe_image_scan_findings(maxResults=1, **of)
    second = ecr.describe_image_scan_findings(maxResults=1, nextToken=first["nextToken"], **of)
    found = [one["name"] for page in (first, second) for one in page["imageScanFindings"]["findings"]]
    check("findings", found == ["CVE-2026-0001", "CVE-2026-0002"], found)
    counts = ecr.describe_images(imageIds=[of["imageId"]], **of_name)["imageDetails"][0]["imageScanFindingsSummary"]
    check("counts of findings", counts["findingSeverityCounts"] == {"HIGH": 2}, counts)

    archived(ecr, of)

    preview = dict(imageIds=[of["imageId"]], **of_name)
    refused("no preview", "LifecyclePolicyPreviewNotFoundException", ecr.get_lifecycle_policy_preview, **preview)
    refused("no policy to preview", "LifecyclePolicyNotFoundException", ecr.start_lifecycle_policy_preview, **of_name)
    keep_none = json.dumps({"rules": [
        {"rulePriority": 1, "description": "keep one image and expire the others of this repository",
         "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
         "action": {"type": "expire"}}]})
    check("a preview starts", ecr.start_lifecycle_policy_preview(
        lifecyclePolicyText=keep_none, **of_name)["status"] == "IN_PROGRESS")
    whole = ecr.get_lifecycle_policy_preview(**of_name)
    check("a preview", whole["summary"]["expiringImageTotalCount"] == 2 and len(whole["previewResults"]) == 2, whole)
    first = ecr.get_lifecycle_policy_preview(maxResults=1, filter={"tagStatus": "ANY"}, **of_name)
    second = ecr.get_lifecycle_policy_preview(
        maxResults=1, filter={"tagStatus": "ANY"}, nextToken=first["nextToken"], **of_name)
    check("two pages", {one["imageDigest"] for page in (first, second) for one in page["previewResults"]}
          == {one["imageDigest"] for one in whole["previewResults"]})
    ecr.get_lifecycle_policy_preview(**preview)
    ecr.delete_repository(force=True, **of_name)


def of_features(sandbox):
    """Pull-through cache rules, scanning rules and pull-time exclusions, through botocore."""
    ecr = sandbox.client("ecr", DEV)
    prefix, registry = f"hub-{uuid.uuid4().hex[:6]}", dict(registryId=DEV)
    secret = f"arn:aws:secretsmanager:{WEST}:{DEV}:secret:ecr-pullthroughcache/hub-AbCdEf"
    role = f"arn:aws:iam::{DEV}:role/cache"
    hub = dict(ecrRepositoryPrefix=prefix, upstreamRegistryUrl="registry-1.docker.io", **registry)
    refused("no credentials", "ValidationException", ecr.create_pull_through_cache_rule, **hub)
    refused("an upstream that nobody knows", "UnsupportedUpstreamRegistryException",
            ecr.create_pull_through_cache_rule, ecrRepositoryPrefix=prefix, upstreamRegistryUrl="example.com")
    refused("another upstream than its address", "ValidationException", ecr.create_pull_through_cache_rule,
            upstreamRegistry="quay", credentialArn=secret, **hub)
    hub |= dict(credentialArn=secret, customRoleArn=role, upstreamRegistry="docker-hub",
                upstreamRepositoryPrefix="library")
    created = ecr.create_pull_through_cache_rule(**hub)
    check("a cache rule", (created["upstreamRegistry"], created["credentialArn"]) == ("docker-hub", secret), created)
    refused("the same cache rule", "PullThroughCacheRuleAlreadyExistsException", ecr.create_pull_through_cache_rule,
            **hub)
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=f"{prefix}-q", upstreamRegistryUrl="quay.io")
    one = dict(ecrRepositoryPrefix=prefix, **registry)
    found = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=[prefix], **registry)["pullThroughCacheRules"]
    check("one cache rule", [rule["upstreamRepositoryPrefix"] for rule in found] == ["library"], found)
    page = dict(maxResults=1, **registry)
    token = ecr.describe_pull_through_cache_rules(**page)["nextToken"]
    ecr.describe_pull_through_cache_rules(nextToken=token, **page)
    changed = ecr.update_pull_through_cache_rule(credentialArn=secret + "2", customRoleArn=role, **one)
    check("changed credentials", changed["credentialArn"] == secret + "2", changed)
    valid = ecr.validate_pull_through_cache_rule(**one)
    check("no upstream is reached, and it says so", not valid["isValid"] and "sandbox" in valid["failure"], valid)
    ecr.delete_pull_through_cache_rule(**one)
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix=f"{prefix}-q")
    for call in (ecr.delete_pull_through_cache_rule, ecr.validate_pull_through_cache_rule,
                 ecr.update_pull_through_cache_rule):
        refused("no cache rule", "PullThroughCacheRuleNotFoundException", call, ecrRepositoryPrefix=prefix)

    rules = [{"scanFrequency": "CONTINUOUS_SCAN",
              "repositoryFilters": [{"filter": "prod*", "filterType": "WILDCARD"}]}]
    refused("continuous basic scanning", "ValidationException", ecr.put_registry_scanning_configuration,
            scanType="BASIC", rules=rules)
    ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=rules)
    kept = ecr.get_registry_scanning_configuration()["scanningConfiguration"]
    check("scanning rules", kept == {"scanType": "ENHANCED", "rules": rules}, kept)
    name = f"prod-{uuid.uuid4().hex[:6]}"
    ecr.create_repository(repositoryName=name)
    of_one = ecr.batch_get_repository_scanning_configuration(repositoryNames=[name])["scanningConfigurations"][0]
    check("the rule that matches", of_one["scanFrequency"] == "CONTINUOUS_SCAN", of_one)
    ecr.delete_repository(repositoryName=name)
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[])

    excluded = f"arn:aws:iam::{DEV}:role/scanner"
    ecr.register_pull_time_update_exclusion(principalArn=excluded)
    ecr.register_pull_time_update_exclusion(principalArn=f"arn:aws:iam::{DEV}:user/backup")
    refused("the same exclusion", "ExclusionAlreadyExistsException", ecr.register_pull_time_update_exclusion,
            principalArn=excluded)
    refused("no principal", "InvalidParameterException", ecr.register_pull_time_update_exclusion, principalArn="x" * 30)
    first = ecr.list_pull_time_update_exclusions(maxResults=1)
    second = ecr.list_pull_time_update_exclusions(maxResults=1, nextToken=first["nextToken"])
    both = first["pullTimeUpdateExclusions"] + second["pullTimeUpdateExclusions"]
    check("exclusions", both == [excluded, f"arn:aws:iam::{DEV}:user/backup"], both)
    for arn in both:
        ecr.deregister_pull_time_update_exclusion(principalArn=arn)
    refused("no exclusion", "ExclusionNotFoundException", ecr.deregister_pull_time_update_exclusion,
            principalArn=excluded)


def of_features_by_cli(sandbox):
    def ecr(command, *arguments, **options):
        return sandbox.cli(DEV, "ecr", command, *arguments, **options)

    prefix = ["--ecr-repository-prefix", f"quay-{uuid.uuid4().hex[:6]}"]
    ecr("create-pull-through-cache-rule", *prefix, "--upstream-registry-url", "quay.io")
    ecr("update-pull-through-cache-rule", *prefix, "--custom-role-arn", f"arn:aws:iam::{DEV}:role/cache")
    ecr("validate-pull-through-cache-rule", *prefix)
    found = ecr("describe-pull-through-cache-rules")["pullThroughCacheRules"]
    check("cli cache rule", found[0]["upstreamRegistry"] == "quay", found)
    ecr("delete-pull-through-cache-rule", *prefix)
    ecr("put-registry-scanning-configuration", "--scan-type", "ENHANCED")
    kept = ecr("get-registry-scanning-configuration")["scanningConfiguration"]
    check("cli scanning", kept["scanType"] == "ENHANCED", kept)
    ecr("put-registry-scanning-configuration", "--scan-type", "BASIC")
    profile = f"arn:aws:signer:{WEST}:{DEV}:/signing-profiles/releases"
    ecr("put-signing-configuration", "--signing-configuration", json.dumps({"rules": [{"signingProfileArn": profile}]}))
    ecr("get-signing-configuration")
    ecr("delete-signing-configuration")
    arn = ["--principal-arn", f"arn:aws:iam::{DEV}:role/scanner"]
    ecr("register-pull-time-update-exclusion", *arn)
    check("cli exclusion", len(ecr("list-pull-time-update-exclusions")["pullTimeUpdateExclusions"]) == 1)
    ecr("deregister-pull-time-update-exclusion", *arn)

    name = f"features-{uuid.uuid4().hex[:8]}"
    repository, client = ["--repository-name", name], sandbox.client("ecr", DEV)
    client.create_repository(repositoryName=name)
    config, layer, manifest = image(name)
    for blob in (config, layer):
        upload(client, name, blob)
    put = client.put_image(repositoryName=name, imageManifest=manifest, imageTag="1")["image"]["imageId"]
    one = [*repository, "--image-id", "imageTag=1"]
    ecr("start-image-scan", *one)
    found = ecr("describe-image-scan-findings", *one)
    check("cli finds nothing", found["imageScanFindings"]["findings"] == [], found)
    ecr("describe-image-signing-status", *one)
    ecr("list-image-referrers", *repository, "--subject-id", f"imageDigest={put['imageDigest']}")
    status = ecr("update-image-storage-class", *one, "--target-storage-class", "ARCHIVE")["imageStatus"]
    check("cli archives", status == "ARCHIVED", status)
    ecr("start-lifecycle-policy-preview", *repository, "--lifecycle-policy-text", lifecycle())
    check("cli preview", ecr("get-lifecycle-policy-preview", *repository)["status"] == "COMPLETE")
    client.delete_repository(repositoryName=name, force=True)


def of_services_beside(sandbox):
    iam, kms = sandbox.client("iam", DEV), sandbox.client("kms", DEV)
    # A role that nobody created is there once it was assumed.
    refused("a role that nobody assumed", "NoSuchEntity", iam.get_role, RoleName="deployer")
    sandbox.client("sts", DEV).assume_role(
        RoleArn=f"arn:aws:iam::{DEV}:role/deployer", RoleSessionName="interop"
    )
    role = iam.get_role(RoleName="deployer")["Role"]
    check("a role", role["Arn"] == f"arn:aws:iam::{DEV}:role/deployer", role)
    refused("no such name of a role", "ValidationError", iam.get_role, RoleName="no/such")
    simulated = iam.simulate_principal_policy(
        PolicySourceArn=role["Arn"], ActionNames=["ecr:PutImage"], ResourceArns=["*"]
    )["EvaluationResults"]
    check("a role without a policy is simulated", simulated[0]["EvalDecision"] == "allowed", simulated)
    other = f"arn:aws:iam::{PROD}:role/deployer"
    refused(
        "a role of another account", "InvalidInput", iam.simulate_principal_policy,
        PolicySourceArn=other, ActionNames=["ecr:PutImage"],
    )
    key = kms.describe_key(KeyId="1234abcd-12ab-34cd-56ef-1234567890ab")["KeyMetadata"]
    check("a key", key["KeyState"] == "Enabled" and key["AWSAccountId"] == DEV, key)
    refused("a key of another Region", "NotFoundException", kms.describe_key,
            KeyId=f"arn:aws:kms:eu-west-1:{DEV}:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    cloudformation = sandbox.client("cloudformation", DEV)
    refused("no stack", "ValidationError", cloudformation.describe_stack_resources, StackName="platform")
    resource = {"logical_id": "Rules", "type": "AWS::ECR::ReplicationConfiguration", "physical_id": DEV}
    stack = {"account": DEV, "region": WEST, "name": "platform", "resources": [resource]}
    sandbox.stack.write_text(json.dumps(stack))
    try:
        found = cloudformation.describe_stack_resources(PhysicalResourceId=DEV, LogicalResourceId="Rules")
        found = found["StackResources"]
        cloudformation.describe_stack_resources(StackName="platform")
        check("the stack of a resource", [one["StackName"] for one in found] == ["platform"], found)
        sandbox.cli(DEV, "cloudformation", "describe-stack-resources", "--stack-name", "platform")
    finally:
        sandbox.stack.unlink()
    sandbox.cli(DEV, "iam", "get-role", "--role-name", "deployer")
    simulate = ["--policy-source-arn", role["Arn"], "--action-names", "ecr:PutImage"]
    sandbox.cli(DEV, "iam", "simulate-principal-policy", *simulate)
    sandbox.cli(DEV, "kms", "describe-key", "--key-id", key["KeyId"])


def every_member(sandbox):
    """Sends the members that the other calls leave out."""
    name = f"members-{uuid.uuid4().hex[:8]}"
    ecr, prod = sandbox.client("ecr", DEV), sandbox.client("ecr", PROD)
    of_name = dict(registryId=DEV, repositoryName=name)
    ecr.create_repository(
        imageTagMutability="MUTABLE",
        encryptionConfiguration={"encryptionType": "KMS", "kmsKey": "alias/mine"},
        tags=[{"Key": "team", "Value": "a"}],
        **of_name,
    )
    ecr.put_image_tag_mutability(
        imageTagMutability="MUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "kept*"}],
        **of_name,
    )
    ecr.put_image_scanning_configuration(imageScanningConfiguration={"scanOnPush": True}, **of_name)
    ecr.batch_get_repository_scanning_configuration(repositoryNames=[of_name["repositoryName"], "no-such"])
    ecr.put_lifecycle_policy(lifecyclePolicyText=lifecycle(), **of_name)
    ecr.get_lifecycle_policy(**of_name)
    ecr.delete_lifecycle_policy(**of_name)
    config, layer, manifest = image(name)
    for blob in (config, layer):
        begun = ecr.initiate_layer_upload(**of_name)["uploadId"]
        ecr.upload_layer_part(
            uploadId=begun, partFirstByte=0, partLastByte=len(blob) - 1, layerPartBlob=blob, **of_name
        )
        ecr.complete_layer_upload(uploadId=begun, layerDigests=[digest(blob)], **of_name)
    ecr.batch_check_layer_availability(layerDigests=[digest(layer)], **of_name)
    put = dict(imageManifest=manifest, imageManifestMediaType=OCI_MANIFEST, **of_name)
    ecr.put_image(imageTag="1", imageDigest=digest(manifest.encode()), **put)
    ecr.put_image(imageTag="2", **put)
    ecr.get_download_url_for_layer(layerDigest=digest(layer), **of_name)
    both = {"imageTag": "1", "imageDigest": digest(manifest.encode())}
    ecr.batch_get_image(imageIds=[both], acceptedMediaTypes=[OCI_MANIFEST], **of_name)
    ecr.describe_images(imageIds=[both], **of_name)
    ecr.describe_image_replication_status(imageId=both, **of_name)
    listed = dict(filter={"tagStatus": "TAGGED", "imageStatus": "ACTIVE"}, maxResults=1, **of_name)
    token = ecr.list_images(**listed)["nextToken"]
    check("second page", len(ecr.list_images(nextToken=token, **listed)["imageIds"]) == 1)
    other = f"{name}-other"
    ecr.create_repository(repositoryName=other)
    token = ecr.describe_repositories(registryId=DEV, maxResults=1)["nextToken"]
    ecr.describe_repositories(registryId=DEV, maxResults=1, nextToken=token)
    ecr.describe_repositories(registryId=DEV, repositoryNames=[name])
    _, second, text = image(other)
    upload(ecr, name, json.dumps({"seed": other}).encode())
    upload(ecr, name, second)
    ecr.put_image(repositoryName=name, imageManifest=text, imageTag="3")
    token = ecr.describe_images(**listed)["nextToken"]
    ecr.describe_images(nextToken=token, **listed)
    ecr.get_authorization_token(registryIds=[DEV])
    ecr.batch_delete_image(imageIds=[both], **of_name)
    for repository in (name, other):
        ecr.delete_repository(registryId=DEV, repositoryName=repository, force=True)
    prod.put_registry_policy(policyText=statement("*"))
    prod.delete_registry_policy()
    ecr.create_repository(**of_name)
    ecr.set_repository_policy(policyText=pull_statement(PROD), force=True, **of_name)
    ecr.get_repository_policy(**of_name)
    ecr.delete_repository_policy(**of_name)
    ecr.delete_repository(**of_name)
    prefixes = [name, other]
    for prefix in prefixes:
        ecr.create_repository_creation_template(prefix=prefix, appliedFor=["REPLICATION"])
        ecr.update_repository_creation_template(prefix=prefix, **template_settings())
    page = dict(prefixes=prefixes, maxResults=1)
    token = ecr.describe_repository_creation_templates(**page)["nextToken"]
    ecr.describe_repository_creation_templates(nextToken=token, **page)
    for prefix in prefixes:
        ecr.delete_repository_creation_template(prefix=prefix)

    sts = sandbox.client("sts", DEV)
    sts.get_session_token(
        DurationSeconds=900, SerialNumber="arn:aws:iam::111122223333:mfa/me", TokenCode="123456",
        MinimumSessionTokenSize=1024,
    )
    role = dict(RoleArn=f"arn:aws:iam::{PROD}:role/deployer", RoleSessionName="members")
    sts.assume_role(
        DurationSeconds=900, ExternalId="partner", SerialNumber="arn:aws:iam::111122223333:mfa/me", TokenCode="123456",
        SourceIdentity="someone", Tags=[{"Key": "team", "Value": "a"}], TransitiveTagKeys=["team"],
        ProvidedContexts=[{"ProviderArn": "arn:aws:iam::aws:contextProvider/x", "ContextAssertion": "abcd"}], **role,
    )
    # Without them a session would allow more than was requested.
    refused("session policy", "ValidationError", sts.assume_role, Policy="{}", **role)
    arns = [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]
    refused("session policies", "ValidationError", sts.assume_role, PolicyArns=arns, **role)


REFUSED = {
    ("AssumeRole", "Policy"), ("AssumeRole", "PolicyArns"), ("AssumeRole", "PolicyArns[].arn"),
    ("CreateServiceLinkedRole", "CustomSuffix"),
}


def listed_members():
    """The members that docs/sandbox.md lists as accepted without effect, by operation."""
    text = DOCUMENT.read_text().split("## Accepted without effect", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|", text, re.MULTILINE)
    return {
        (operation, member)
        for operations, places in rows
        for operation in re.findall(r"[A-Z]\w+", operations)
        for member in re.findall(r"`([^`]+)`", places)
    }


def accounted_for(sandbox):
    """Every member of every claimed operation is carried out, refused, or listed."""
    known, listed = set(), listed_members()
    for service in SERVICES:
        model = sandbox.session.get_service_model(service)
        claimed = OPERATIONS & set(model.operation_names)
        for name in claimed if service == "ecr" else claimed - OF_ECR:
            known |= {(name, member) for member in members(model.operation_model(name).input_shape)}
    for name, member in sorted(known - listed - REFUSED):
        read = member in CARRIED_OUT.get(name, ()) and member not in UNREAD.get(name, ())
        check(f"{name} carries out {member}", read, "it has no effect and docs/sandbox.md does not list it")
    check("unread members are reported", "SourceIdentity" in UNREAD.get("AssumeRole", ()), UNREAD)
    check("docs/sandbox.md lists members that exist", listed <= known, sorted(listed - known))


def by_cli(sandbox):
    suffix = uuid.uuid4().hex[:8]
    name = f"cli-{suffix}"

    def dev(command, *arguments, **options):
        return sandbox.cli(DEV, "ecr", command, *arguments, **options)

    def prod(command, *arguments, **options):
        return sandbox.cli(PROD, "ecr", command, *arguments, **options)

    check("cli identity", sandbox.cli(DEV, "sts", "get-caller-identity")["Account"] == DEV)
    role = f"arn:aws:iam::{PROD}:role/deployer"
    sandbox.cli(DEV, "sts", "assume-role", "--role-arn", role, "--role-session-name", "interop")
    device = ["--serial-number", f"arn:aws:iam::{DEV}:mfa/me", "--token-code"]
    sandbox.cli(DEV, "sts", "get-session-token", *device, "123456")
    error = sandbox.cli(DEV, "sts", "get-session-token", *device, "000000", expect=1)
    check("cli shows the wrong code", "(AccessDenied)" in error, error)
    dev("get-authorization-token")
    repository = ["--repository-name", name]
    created = dev("create-repository", *repository, "--tags", "Key=team,Value=a")["repository"]
    dev("describe-repositories", "--repository-names", name)
    dev("put-image-tag-mutability", *repository, "--image-tag-mutability", "IMMUTABLE")
    dev("put-image-scanning-configuration", *repository, "--image-scanning-configuration", "scanOnPush=true")
    scanning = dev("batch-get-repository-scanning-configuration", "--repository-names", name)
    check("cli reads the scanning", scanning["scanningConfigurations"][0]["scanFrequency"] == "SCAN_ON_PUSH", scanning)
    policy = ["--lifecycle-policy-text", lifecycle()]
    dev("put-lifecycle-policy", *repository, *policy)
    kept = dev("get-lifecycle-policy", *repository)["lifecyclePolicyText"]
    check("cli lifecycle policy", kept == lifecycle(), kept)
    dev("delete-lifecycle-policy", *repository)
    error = dev("get-lifecycle-policy", *repository, expect=1)
    check("cli shows that it is gone", "(LifecyclePolicyNotFoundException)" in error, error)
    arn = ["--resource-arn", created["repositoryArn"]]
    dev("tag-resource", *arn, "--tags", "Key=cost,Value=1")
    dev("untag-resource", *arn, "--tag-keys", "team")
    tags = dev("list-tags-for-resource", *arn)["tags"]
    check("cli tags", tags == [{"Key": "cost", "Value": "1"}], tags)

    dev("put-account-setting", "--name", "BLOB_MOUNTING", "--value", "ENABLED")
    check("cli setting", dev("get-account-setting", "--name", "BLOB_MOUNTING")["value"] == "ENABLED")
    dev("put-account-setting", "--name", "BLOB_MOUNTING", "--value", "DISABLED")

    prod("put-registry-policy", "--policy-text", statement("cli-*"))
    prod("get-registry-policy")
    rules = {"rules": [{
        "destinations": [{"region": WEST, "registryId": PROD}],
        "repositoryFilters": [{"filter": "cli-", "filterType": "PREFIX_MATCH"}],
    }]}
    dev("put-replication-configuration", "--replication-configuration", json.dumps(rules))
    check("cli configuration", dev("describe-registry")["replicationConfiguration"] == rules)

    config, layer, manifest = image(suffix)
    with tempfile.TemporaryDirectory() as directory:
        for blob in (config, layer):
            path = Path(directory, "part")
            path.write_bytes(blob)
            upload_id = ["--upload-id", dev("initiate-layer-upload", *repository)["uploadId"]]
            span = ["--part-first-byte", "0", "--part-last-byte", str(len(blob) - 1)]
            dev("upload-layer-part", *repository, *upload_id, *span, "--layer-part-blob", f"fileb://{path}")
            dev("complete-layer-upload", *repository, *upload_id, "--layer-digests", digest(blob))
    dev("batch-check-layer-availability", *repository, "--layer-digests", digest(layer))
    dev("put-image", *repository, "--image-tag", "42", "--image-manifest", manifest)
    url = dev("get-download-url-for-layer", *repository, "--layer-digest", digest(layer))["downloadUrl"]
    check("cli download", OPENER.open(url, timeout=10).read() == layer)
    error = dev("put-image", *repository, "--image-tag", "42", "--image-manifest", manifest, expect=1)
    check("cli shows ECR's error", "(ImageTagAlreadyExistsException)" in error, error)
    check("cli lists", len(dev("list-images", *repository)["imageIds"]) == 1)
    details = dev("describe-images", *repository, "--page-size", "1")["imageDetails"]
    check("cli digest", details[0]["imageDigest"] == digest(manifest.encode()), details)
    got = dev("batch-get-image", *repository, "--image-ids", "imageTag=42")
    check("cli bytes", got["images"][0]["imageManifest"] == manifest)
    statuses = replicated(
        lambda: dev("describe-image-replication-status", *repository, "--image-id", "imageTag=42")
    )
    check("cli replication", [s["status"] for s in statuses] == ["COMPLETE"], statuses)
    check("cli replica", len(prod("list-images", *repository)["imageIds"]) == 1)

    dev("set-repository-policy", *repository, "--policy-text", pull_statement(PROD))
    policy = dev("get-repository-policy", *repository)["policyText"]
    check("cli repository policy", json.loads(policy)["Statement"][0]["Sid"] == "CrossAccountPull", policy)
    theirs = prod("batch-get-image", *repository, "--registry-id", DEV, "--image-ids", "imageTag=42")
    check("cli cross-account pull", theirs["images"][0]["imageManifest"] == manifest)
    dev("delete-repository-policy", *repository)
    error = prod("batch-get-image", *repository, "--registry-id", DEV, "--image-ids", "imageTag=42", expect=1)
    check("cli shows the denial", "(AccessDeniedException)" in error, error)

    # Replicated again: existing images, into a repository that the destination's template creates.
    prod("delete-repository", *repository, "--force")
    prefix = ["--prefix", "ROOT"]
    prod("create-repository-creation-template", *prefix, "--applied-for", "REPLICATION")
    prod("update-repository-creation-template", *prefix, "--image-tag-mutability", "IMMUTABLE")
    templates = prod("describe-repository-creation-templates")["repositoryCreationTemplates"]
    check("cli templates", [template["imageTagMutability"] for template in templates] == ["IMMUTABLE"], templates)
    started = dev("start-replication-backfill", "--destination", f"region={WEST},registryId={PROD}")
    backfill = ["--replication-backfill-id", started["replicationBackfillId"]]
    # Of the pages that it joins, the CLI shows the results only.
    found = backfilled(lambda: dev("describe-replication-backfill-results", *backfill, "--no-paginate"))
    check("cli backfill", (found["status"], len(found["results"])) == ("COMPLETE", 1), found)
    error = dev("stop-replication-backfill", *backfill, expect=1)
    check("cli shows that it has ended", "(ReplicationBackfillInvalidStatusException)" in error, error)
    listed = dev("list-replication-backfills", "--page-size", "1")["backfills"]
    check("cli backfills", found["replicationBackfillId"] in [b["replicationBackfillId"] for b in listed], listed)
    created = prod("describe-repositories", "--repository-names", name)["repositories"][0]
    check("cli template applied", created["imageTagMutability"] == "IMMUTABLE", created)
    prod("delete-repository-creation-template", *prefix)

    dev("batch-delete-image", *repository, "--image-ids", "imageTag=42")
    dev("delete-repository", *repository)
    prod("delete-repository", *repository, "--force")
    dev("put-replication-configuration", "--replication-configuration", json.dumps({"rules": []}))
    prod("delete-registry-policy")


def main():
    ready, state = map(Path, sys.argv[1:])
    sandbox = Sandbox(json.loads(ready.read_text().splitlines()[0]), state)
    for part in (by_botocore, of_repositories, of_images, of_features, of_backfills, of_services_beside, of_iam, every_member, accounted_for, by_cli,
                 of_features_by_cli, of_iam_by_cli):
        try:
            part(sandbox)
        except Exception as error:  # pylint: disable=broad-except
            check(part.__name__, False, f"{type(error).__name__}: {error}")
    check("every operation by botocore", OPERATIONS == BY_BOTOCORE, OPERATIONS ^ BY_BOTOCORE)
    check("every operation by the AWS CLI", OPERATIONS == BY_CLI, OPERATIONS ^ BY_CLI)
    print(f"{len(PASSED)} passed, {len(FAILED)} failed")
    return 1 if FAILED else 0


BESIDE = Path(sys.executable).with_name("aws")
AWS = str(BESIDE) if BESIDE.exists() else shutil.which("aws") or "aws"
# Loopback never goes through a proxy.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))

if __name__ == "__main__":
    sys.exit(main())
