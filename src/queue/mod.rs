//! The changes that wait: an entry a change, their order, and the filter language.
