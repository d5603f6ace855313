"""Reads Groovy files on the command line with tree-sitter's grammar; fails where one is no Groovy."""

import sys

import tree_sitter_groovy
from tree_sitter import Language, Parser

parser = Parser(Language(tree_sitter_groovy.language()))
for file in sys.argv[1:]:
    tree = parser.parse(open(file, "rb").read())
    if tree.root_node.has_error:
        print(file, tree.root_node, file=sys.stderr)
        sys.exit(1)
print("valid")
