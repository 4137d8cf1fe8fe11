"""Checks each line of standard input, a JSON value, against one definition of a JSON Schema."""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator({**schema, "$ref": f"#/$defs/{sys.argv[2]}"})
wrong = 0
for number, line in enumerate(sys.stdin, 1):
    for error in validator.iter_errors(json.loads(line)):
        best = jsonschema.exceptions.best_match([error])
        print(f"line {number}: {best.json_path}: {best.message}\n  {line}", file=sys.stderr)
        wrong += 1
sys.exit(bool(wrong))
