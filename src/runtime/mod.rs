//! The loop: waits, drains input, updates, performs effects, draws once.
