//! A throw-away world with a realistic queue.
