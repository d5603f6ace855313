//! What the user has set: files, git config, environment and flags, in order of precedence.
