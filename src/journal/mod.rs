//! What waits here and must not be lost: outbox, drafts, seen marks, pins.
