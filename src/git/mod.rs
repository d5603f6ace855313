//! The repository: the only place that names libgit2 or runs git.
