//! The rules in force: who may approve what, whose key is whose, and whether enough have.
