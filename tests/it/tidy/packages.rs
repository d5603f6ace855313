//! What the program is built from: the number of packages, their licences and where they come from.
