"""Checks each line of standard input, a JSON value, against one definition of a JSON Schema."""
import json
import sys

import jsonschema_rs

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema_rs.meta.validate(schema)
validator = jsonschema_rs.Draft202012Validator({**schema, "$ref": f"#/$defs/{sys.argv[2]}"})
wrong = 0
for number, line in enumerate(sys.stdin, 1):
    for error in validator.iter_errors(json.loads(line)):
        place = "/".join(str(part) for part in error.instance_path)
        print(f"line {number}: {place}: {error.message}\n  {line}", file=sys.stderr)
        wrong += 1
sys.exit(bool(wrong))
