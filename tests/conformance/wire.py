"""Requests that an SDK would not send: signed by hand, or to the data plane."""

import hashlib
import hmac
import json
from datetime import datetime, timezone
from urllib.parse import urlsplit

from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

TARGET = "AmazonEC2ContainerRegistry_V20150921."
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def send(method, url, headers=None, body=b"", ca=None):
    """Sends one request and returns its response. Redirects are not followed."""
    proxies = {} if urlsplit(url).hostname in LOOPBACK else get_environ_proxies(url)
    session = URLLib3Session(verify=ca or True, proxies=proxies)
    try:
        return session.send(AWSRequest(method, url, headers=headers or {}, data=body).prepare())
    finally:
        session.close()


class Signer:
    """Signature Version 4 for `POST /`, with every part open to mistakes."""

    def __init__(self, credentials, region, service="ecr"):
        self.key, self.secret, self.token = credentials.access_key, credentials.secret_key, credentials.token
        self.region, self.service = region, service

    def headers(self, url, operation, body, at=None):
        at = at or datetime.now(timezone.utc)
        stamp, day = at.strftime("%Y%m%dT%H%M%SZ"), at.strftime("%Y%m%d")
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "host": urlsplit(url).netloc,
            "x-amz-date": stamp,
            "x-amz-target": TARGET + operation,
        }
        if self.token:
            headers["x-amz-security-token"] = self.token
        names = ";".join(sorted(headers))
        listed = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = f"POST\n/\n\n{listed}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{day}/{self.region}/{self.service}/aws4_request"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        key = ("AWS4" + self.secret).encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}".encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        return headers


class Registry:
    """The data plane of one registry, with the password of `GetAuthorizationToken`."""

    def __init__(self, url, password, ca=None):
        self.url, self.password, self.ca = url.rstrip("/"), password, ca

    @property
    def host(self):
        return urlsplit(self.url).netloc

    def send(self, method, path, headers=None, body=b"", password=None):
        """`path` begins with `/v2/`, or is the URL of a `Location`. An empty password sends none."""
        url = path if "://" in path else self.url + path
        password = self.password if password is None else password
        authorization = {"authorization": f"Basic {password}"} if password else {}
        return send(method, url, {**authorization, **(headers or {})}, body, self.ca)


def errors(response):
    """The codes in the body of a response of the data plane, and its text."""
    try:
        listed = json.loads(response.content)["errors"]
        return [error["code"] for error in listed], " ".join(str(error.get("message")) for error in listed)
    except (ValueError, KeyError, TypeError):
        return [], response.content.decode(errors="replace")
