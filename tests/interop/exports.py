"""Reads exported documents with the tools that they are for.

Usage: exports.py FOLDER

FOLDER has one file for each export: `NAME.tf` is parsed as HCL, and `NAME.template.json` is checked by
cfn-lint. Prints one JSON object: for each Terraform file its resources with `jsonencode(…)` read as
JSON, for each template its resources. Exits with 1 when a tool does not accept a file.
"""

import json
import re
import sys
from pathlib import Path

import hcl2
from cfnlint import lint, ManualArgs


def plain(value):
    """Values as they are written, without the quotes that the parser keeps."""
    if isinstance(value, dict):
        return {plain(key): plain(one) for key, one in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, str):
        return value
    if value.startswith('"') and value.endswith('"'):
        return json.loads(value).replace("$${", "${").replace("%%{", "%{")
    found = re.fullmatch(r"\$?\{?jsonencode\((.*)\)\}?", value, re.DOTALL)
    return inside(found.group(1)) if found else value


def inside(text):
    """The argument of `jsonencode`, which the parser gives back as a text."""
    return plain(hcl2.loads(f"x = {text}\n")["x"])


def terraform(path):
    document = hcl2.loads(path.read_text())
    resources = {}
    for one in document["resource"]:
        for kind, named in one.items():
            resources[plain(kind)] = plain(next(iter(named.values())))
    imports = [plain(one) for one in document.get("import", [])]
    return {"resources": resources, "imports": imports}


def cloudformation(path):
    text = path.read_text()
    # Templates name their account and Region on purpose; E/W of the specification count.
    found = lint(text, config=ManualArgs(regions=["us-west-2"]))
    wrong = [f"{path.name}: {one.rule.id} {one.message}" for one in found]
    return json.loads(text)["Resources"], wrong


def main():
    folder = Path(sys.argv[1])
    result, wrong = {}, []
    for path in sorted(folder.iterdir()):
        if path.name.endswith(".tf"):
            result[path.name] = terraform(path)
        elif path.name.endswith(".template.json"):
            result[path.name], problems = cloudformation(path)
            wrong += problems
    for problem in wrong:
        print(problem, file=sys.stderr)
    print(json.dumps(result))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
