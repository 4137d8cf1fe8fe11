"""Who may call, and how a call is refused before it is looked at."""

from datetime import datetime, timedelta, timezone

from ..probe import API, INVALID, SIGNING, equal, expect, probe, refused
from ..wire import TARGET, send

SIGNATURE = "InvalidSignatureException"


def code(answer):
    return str(answer.get("__type", "")).rsplit("#", 1)[-1]


def rejected(t, what, expected, signer=None, **more):
    """Calls DescribeRegistry in a way that must be refused."""
    status, answer = t.raw("DescribeRegistry", {}, signer, **more)
    equal(f"the code for {what}", code(answer), expected)
    expect(400 <= status < 500, f"{what} has the status {status}")
    expect(answer.get("message") or answer.get("Message"), f"{what} has no message")


@probe("DescribeRegistry", SIGNING)
def a_wrong_secret_key_is_refused(t):
    """InvalidSignatureException; the right one works afterwards."""
    rejected(t, "a wrong secret key", SIGNATURE, t.signer(secret="x" * 40))
    # AWS remembers a failed signature for some seconds.
    t.eventually(lambda: t.document("DescribeRegistry"))


@probe("DescribeRegistry", f"{API}, common errors")
def an_unknown_access_key_is_refused(t):
    """UnrecognizedClientException."""
    rejected(t, "an unknown key", "UnrecognizedClientException", t.signer(key="AKIAIOSFODNN7EXAMPLE", token=None))


@probe("DescribeRegistry", f"{API}, common errors")
def an_unsigned_call_is_refused(t):
    """MissingAuthenticationTokenException."""
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"{TARGET}DescribeRegistry"}
    response = send("POST", t.url.rstrip("/") + "/", headers, b"{}", t.ca)
    status, answer = t.parsed("DescribeRegistry", response)
    equal("the code", code(answer), "MissingAuthenticationTokenException")
    expect(400 <= status < 500, f"the status is {status}")


@probe("DescribeRegistry", SIGNING)
def a_call_of_another_hour_is_refused(t):
    """Signed an hour ago, and in an hour: InvalidSignatureException."""
    now = datetime.now(timezone.utc)
    for hours in (-1, 1):
        rejected(t, f"a signature of {hours:+} h", SIGNATURE, at=now + timedelta(hours=hours))


@probe("DescribeRegistry", SIGNING)
def a_signature_is_for_one_service(t):
    """Signed for S3: InvalidSignatureException."""
    rejected(t, "a signature for S3", SIGNATURE, t.signer(service="s3"))


@probe("DescribeRegistry", SIGNING)
def a_signature_is_for_a_region(t):
    """Signed for a Region that does not exist: InvalidSignatureException."""
    rejected(t, "an unknown Region", SIGNATURE, t.signer(region="xx-nowhere-9"))


@probe("(none)", f"{API}, common errors")
def an_unknown_operation_is_refused(t):
    """UnknownOperationException."""
    status, answer = t.raw("NoSuchOperation", {})
    equal("the code", code(answer), "UnknownOperationException")
    expect(400 <= status < 500, f"the status is {status}")


@probe("DescribeRepositories", f"{API}, common errors")
def a_request_is_json_of_its_types(t):
    """No JSON, and a text where a number belongs: SerializationException."""
    for body in (b"{", b'{"maxResults": "many"}', b'{"repositoryNames": "one"}'):
        status, answer = t.raw("DescribeRepositories", body)
        equal(f"the code for {body!r}", code(answer), "SerializationException")
        equal(f"the status for {body!r}", status, 400)


@probe("DescribeRepositories", f"{API}, common errors")
def an_error_has_type_and_message(t):
    """Status 400, __type and message in JSON, and a request id."""
    body = {"repositoryNames": [t.name()]}
    status, answer = t.raw("DescribeRepositories", body)
    equal("the status", status, 400)
    equal("the code", code(answer), "RepositoryNotFoundException")
    expect(isinstance(answer.get("message"), str), "message is no text")
    expect(body["repositoryNames"][0] in answer["message"], "the message does not name the repository")
    expect(t.requests[-1]["request_id"], "there is no x-amzn-requestid")


@probe("DescribeRepositories", f"{API}, DescribeRepositories")
def the_own_account_can_be_named(t):
    """registryId of the caller's account changes nothing; what is no account id: InvalidParameterException."""
    name = t.repository()
    found = t.eventually(lambda: t.ecr.describe_repositories(registryId=t.account, repositoryNames=[name]))
    equal("the repository", found["repositories"][0]["repositoryName"], name)
    for wrong in ("1234", "12345678901a"):
        refused(INVALID, t.ecr.describe_repositories, registryId=wrong)


@probe("DescribeRepositories ListImages", "hashicorp/terraform-provider-aws#35303")
def another_account_is_closed(t):
    """AccessDeniedException, whose message names action and resource."""
    other = "000000000000"
    for operation, body, resource in (
        ("DescribeRepositories", {}, "repository/*"),
        ("ListImages", {"repositoryName": "longshore/none"}, "repository/longshore/none"),
    ):
        status, answer = t.raw(operation, {"registryId": other, **body})
        equal(f"the code of {operation}", code(answer), "AccessDeniedException")
        equal(f"the status of {operation}", status, 400)
        message = answer.get("message") or answer.get("Message") or ""
        for part in (f"ecr:{operation}", f"arn:{t.partition}:ecr:{t.region}:{other}:{resource}"):
            expect(part in message, f"{message!r} does not name {part}")
