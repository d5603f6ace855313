//! The reviewer's use-cases: sync, open, decide, publish, propose.
