"""Settings of the registry that are only read here, and the authorization token."""

import time
import uuid
from base64 import b64decode
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from ..images import digest
from ..probe import API, GUIDE, INVALID_EITHER, MODEL, equal, expect, probe, refused
from .repositories import arn

SETTINGS = {
    "BASIC_SCAN_TYPE_VERSION": ("AWS_NATIVE",),
    "REGISTRY_POLICY_SCOPE": ("V1", "V2"),
    "BLOB_MOUNTING": ("ENABLED", "DISABLED"),
}


@probe("GetAuthorizationToken", f"{API}, GetAuthorizationToken")
def a_token_is_a_user_and_a_password_for_12_hours(t):
    """Base64 of AWS:<password>; expiresAt is twelve hours away; proxyEndpoint is the registry's host."""
    data, = t.ecr.get_authorization_token()["authorizationData"]
    user, _, password = b64decode(data["authorizationToken"]).decode().partition(":")
    equal("the user", user, "AWS")
    expect(password, "the password is empty")
    hours = (data["expiresAt"].timestamp() - time.time()) / 3600
    expect(11.5 < hours < 12.5, f"the token expires in {hours:.2f} hours")
    endpoint = urlsplit(data["proxyEndpoint"])
    expect(endpoint.scheme in ("https", "http") and endpoint.netloc, f"proxyEndpoint is {data['proxyEndpoint']}")
    if t.endpoint is None:
        equal("the endpoint's scheme", endpoint.scheme, "https")
        start = f"{t.account}.dkr.ecr.{t.region}."
        expect(endpoint.netloc.startswith(start), f"{endpoint.netloc} does not begin with {start}")


@probe("DescribeRegistry", f"{API}, DescribeRegistry")
def a_registry_describes_itself(t):
    """The account's id, and a replication configuration with a list of rules."""
    found = t.document("DescribeRegistry")
    equal("registryId", found["registryId"], t.account)
    expect(isinstance(found["replicationConfiguration"]["rules"], list), "rules is no list")


@probe("GetAccountSetting", f"{API}, GetAccountSetting")
def account_settings_have_known_values(t):
    """BASIC_SCAN_TYPE_VERSION, REGISTRY_POLICY_SCOPE and BLOB_MOUNTING, each with its name."""
    for name, values in SETTINGS.items():
        found = t.ecr.get_account_setting(name=name)
        equal("name", found["name"], name)
        expect(found["value"] in values, f"{name} is {found['value']}, not one of {values}")


@probe("GetAccountSetting", f"{API}, GetAccountSetting")
def an_unknown_account_setting_is_refused(t):
    """An unknown name and an empty one: InvalidParameterException or ValidationException."""
    for name in ("NO_SUCH_SETTING", "", "A" * 65):
        refused(INVALID_EITHER, t.ecr.get_account_setting, name=name)


@probe("GetAccountSetting PutAccountSetting", f"{API}, PutAccountSetting", documents=True)
def an_account_setting_has_known_values(t):
    """An unknown value and an unknown name: InvalidParameterException or ValidationException; the setting stays."""
    before = t.ecr.get_account_setting(name="BLOB_MOUNTING")["value"]
    refused(INVALID_EITHER, t.ecr.put_account_setting, name="BLOB_MOUNTING", value="SOMETIMES")
    refused(INVALID_EITHER, t.ecr.put_account_setting, name="NO_SUCH_SETTING", value="ENABLED")
    equal("BLOB_MOUNTING", t.ecr.get_account_setting(name="BLOB_MOUNTING")["value"], before)


@probe("GetRegistryScanningConfiguration", f"{API}, GetRegistryScanningConfiguration")
def the_registry_has_a_scanning_configuration(t):
    """registryId, the type BASIC or ENHANCED, and at most two rules."""
    found = t.ecr.get_registry_scanning_configuration()
    equal("registryId", found["registryId"], t.account)
    scanning = found["scanningConfiguration"]
    expect(scanning["scanType"] in ("BASIC", "ENHANCED"), f"scanType is {scanning['scanType']}")
    expect(len(scanning.get("rules", [])) <= 2, "there are more than two rules")


@probe("BatchGetRepositoryScanningConfiguration", f"{API}, BatchGetRepositoryScanningConfiguration")
def repositories_have_a_scanning_configuration(t):
    """ARN, name and frequency of a repository; REPOSITORY_NOT_FOUND for one that does not exist."""
    name, unknown = t.repository(), t.name()
    found = t.ecr.batch_get_repository_scanning_configuration(repositoryNames=[name, unknown])
    scanning, = found["scanningConfigurations"]
    equal("repositoryArn", scanning["repositoryArn"], arn(t, name))
    equal("repositoryName", scanning["repositoryName"], name)
    frequencies = ("SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL")
    expect(scanning["scanFrequency"] in frequencies, f"scanFrequency is {scanning['scanFrequency']}")
    failures = [(f["repositoryName"], f["failureCode"]) for f in found["failures"]]
    equal("the failures", failures, [(unknown, "REPOSITORY_NOT_FOUND")])


@probe("DescribeImageScanFindings", f"{API}, DescribeImageScanFindings")
def an_unknown_image_has_no_findings(t):
    """ImageNotFoundException."""
    of = dict(repositoryName=t.repository(), imageId={"imageDigest": digest(uuid.uuid4().bytes)})
    refused("ImageNotFoundException", t.ecr.describe_image_scan_findings, **of)


@probe("DescribeImageReplicationStatus", f"{API}, DescribeImageReplicationStatus")
def an_image_that_no_rule_matches_has_no_replication_status(t):
    """The image's id and an empty list; an unknown image: ImageNotFoundException."""
    repository = t.repository()
    pushed = t.push(repository, tag="1")
    of = dict(repositoryName=repository)
    found = t.eventually(lambda: t.ecr.describe_image_replication_status(imageId={"imageTag": "1"}, **of))
    equal("repositoryName", found["repositoryName"], repository)
    equal("imageDigest", found["imageId"]["imageDigest"], pushed.digest)
    equal("replicationStatuses", found["replicationStatuses"], [])
    unknown = {"imageDigest": digest(uuid.uuid4().bytes)}
    refused("ImageNotFoundException", t.ecr.describe_image_replication_status, imageId=unknown, **of)
    nowhere = dict(repositoryName=t.name(), imageId={"imageTag": "1"})
    refused("RepositoryNotFoundException", t.ecr.describe_image_replication_status, **nowhere)


@probe("ListReplicationBackfills", f"{API}, ListReplicationBackfills")
def backfills_are_listed(t):
    """registryId and a list; maxResults of 0 and 51: InvalidParameterException or ValidationException."""
    found = t.ecr.list_replication_backfills(maxResults=1)
    equal("registryId", found["registryId"], t.account)
    expect(len(found["backfills"]) <= 1, "a page of one has more")
    for size in (0, 51):
        refused(INVALID_EITHER, t.ecr.list_replication_backfills, maxResults=size)


@probe("DescribeReplicationBackfillResults StopReplicationBackfill", f"{API}, ReplicationBackfillNotFoundException")
def an_unknown_backfill_is_not_found(t):
    """ReplicationBackfillNotFoundException."""
    of = dict(replicationBackfillId=str(uuid.uuid4()))
    refused("ReplicationBackfillNotFoundException", t.ecr.describe_replication_backfill_results, **of)
    refused("ReplicationBackfillNotFoundException", t.ecr.stop_replication_backfill, **of)


@probe("DescribePullThroughCacheRules DeletePullThroughCacheRule", f"{API}, PullThroughCacheRuleNotFoundException")
def an_unknown_cache_rule_is_not_found(t):
    """PullThroughCacheRuleNotFoundException."""
    prefix = f"lc-{uuid.uuid4().hex[:20]}"
    missing = "PullThroughCacheRuleNotFoundException"
    refused(missing, t.ecr.describe_pull_through_cache_rules, ecrRepositoryPrefixes=[prefix])
    refused(missing, t.ecr.delete_pull_through_cache_rule, ecrRepositoryPrefix=prefix)


@probe("GetSigningConfiguration", f"{GUIDE}, managed-signing")
def a_signing_configuration_is_read_or_missing(t):
    """registryId and at most ten rules, or SigningConfigurationNotFoundException."""
    try:
        found = t.ecr.get_signing_configuration()
    except ClientError as error:
        if error.response["Error"]["Code"] != "SigningConfigurationNotFoundException":
            raise
        return
    equal("registryId", found["registryId"], t.account)
    expect(len(found["signingConfiguration"]["rules"]) <= 10, "there are more than ten rules")


@probe("ListPullTimeUpdateExclusions", f"{MODEL}, ListPullTimeUpdateExclusions")
def pull_time_exclusions_are_listed(t):
    """A list of principals."""
    found = t.ecr.list_pull_time_update_exclusions(maxResults=10)
    expect(isinstance(found["pullTimeUpdateExclusions"], list), "there is no list")
