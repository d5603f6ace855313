//! The words on the command line: one file a subcommand.
