#!/usr/bin/env python3
"""Compares calls that a sandbox recorded with botocore's service model of ECR.

Usage: recorded.py FOLDER

FOLDER has the files that sandboxes wrote while LONGSHORE_SANDBOX_RECORD named it: one call of each shape.
Of the calls of our own client (by AWS's SDK for Rust) every input must fit the model: no member that the
shape does not have, required ones present, types, enumerations, patterns and lengths. Every successful
answer must fit too. Prints a summary and the operations that our client called; exits with 1 if something
does not fit, or if nothing was recorded.
"""

import json
import sys
from pathlib import Path

import botocore.session

from control_plane import problems

OURS = "aws-sdk-rust"
# A member that tests put into a rule to see that it is kept.
KEPT = ".later is not in the model"


def calls(folder):
    for path in sorted(Path(folder).glob("*.jsonl")):
        for line in path.read_text().splitlines():
            # The last line of a process that was killed may be cut.
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue


def unknown(shape, value, place):
    """The members of a value that its shape does not have."""
    if shape is None:
        return [f"{place} has members, and the operation has none"] if value else []
    if shape.type_name == "list" and isinstance(value, list):
        return [found for item in value for found in unknown(shape.member, item, place + "[]")]
    if shape.type_name != "structure" or not isinstance(value, dict):
        return []
    found = [f"{place}.{name} is not in the model" for name in value if name not in shape.members]
    for name, member in value.items():
        if name in shape.members:
            found += unknown(shape.members[name], member, f"{place}.{name}")
    return found


def main(folder):
    model = botocore.session.get_session().get_service_model("ecr")
    ours, checked, wrong = set(), 0, set()
    for call in calls(folder):
        operation = model.operation_model(call["operation"])
        name, mine = call["operation"], OURS in call["agent"]
        checked += 1
        if mine:
            ours.add(name)
            wrong.update(unknown(operation.input_shape, call["input"], name))
        if call["error"] is not None:
            # Tests also send what a service refuses.
            continue
        if mine and operation.input_shape is not None:
            wrong.update(problems(operation.input_shape, call["input"], name))
        wrong.update(problems(operation.output_shape, call["output"], f"{name} answer"))
    wrong = {problem for problem in wrong if not problem.endswith(KEPT)}
    for problem in sorted(wrong):
        print(f"FAILED {problem}")
    print(f"{checked} shapes of calls compared with botocore's model, {len(wrong)} do not fit; "
          f"our client called {len(ours)} operations: {', '.join(sorted(ours))}")
    return 1 if wrong or not ours else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
