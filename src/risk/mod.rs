//! What to look at first and which lines to doubt, with a sentence for each point.

mod level;

pub use level::{BadLevel, Level};
