//! Risk from the outside: the score against its reference, what findings promise, and changes made
//! to break whoever reads them.

pub mod change;
mod hostile;
mod page;
mod pairs;
mod planted;
mod promises;
mod score;
mod trees;
