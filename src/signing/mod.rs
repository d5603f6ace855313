//! Keys: the only place that runs the signing program, and verification in this process.
