//! The frame: draws the state and returns where it drew things.
