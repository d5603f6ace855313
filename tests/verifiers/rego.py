"""Evaluates a query over a Rego module for each document of a JSON list on stdin; a line for each."""

import json
import sys

from regopy import Interpreter

module, query = sys.argv[1:]
text = open(module, encoding="utf-8").read()
for document in json.load(sys.stdin):
    rego = Interpreter()
    rego.add_module(module, text)
    rego.set_input(document)
    said = str(rego.query(query))
    admitted = said != "undefined" and json.loads(said)["expressions"] == [True]
    print("true" if admitted else "false")
