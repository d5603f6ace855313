//! What is under review: a change, its revisions, its commits, and what its maker says of it.

mod commit;
mod digest;
mod id;
mod markers;
mod oid;
mod path;
mod proposal;
mod provenance;
mod text;
mod tool;
mod trailers;

pub use commit::{Commit, Identity};
pub use digest::{BadDigest, Sha256};
pub use id::{BadId, ChangeId, QueueRef, RefRefused};
pub use markers::{Markers, MarkersError};
pub use oid::{BadOid, Oid};
pub use path::RepoPath;
pub use proposal::{Cover, Reply, ReplyState, Revision};
pub use provenance::{Marker, Provenance};
pub use text::{escape_ascii, readable};
pub use trailers::{Trailer, trailer_lines, trailers};
