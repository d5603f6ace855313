//! `change-content-v1`: the digest over whole file contents before and after, which survives a
//! rebase and dies with any edit (`docs/formats.md`, section 4).

use git2::ObjectType;
use sha2::{Digest, Sha256 as Hasher};

use super::objects::{header, read};
use super::{GitError, Leaf, Result, Store};
use crate::change::{Oid, Sha256};
use crate::diff::Mode;
use crate::verdict::Content;

/// Bytes of one blob that are digested at most.
const BLOB_CAP: u64 = 512 << 20;
/// Bytes of all blobs of one change that are digested at most.
const TOTAL_CAP: u64 = 4 << 30;

impl Store {
    /// The content digest of what leads from one tree to another, over the raw blobs.
    ///
    /// # Errors
    /// Where an object is missing or corrupt, or the change is over the budgets.
    pub fn content(&self, base_tree: Oid, result_tree: Oid) -> Result<Content> {
        let changes = self.tree_changes(base_tree, result_tree)?;
        let mut budget = TOTAL_CAP;
        let mut digest = Hasher::new();
        digest.update(b"countersign.change-content.v1\0");
        for change in &changes {
            let mut record = Vec::with_capacity(240);
            field(&mut record, change.path.as_bytes());
            for side in [change.old, change.new] {
                let (mode, id) = self.side(side, &mut budget)?;
                field(&mut record, mode.as_bytes());
                field(&mut record, id.as_bytes());
            }
            let mut framed = Vec::with_capacity(record.len() + 8);
            field(&mut framed, &record);
            digest.update(&framed);
        }
        Ok(Content {
            sha256: Sha256::from_bytes(digest.finalize().into()),
            files: changes.len() as u64,
        })
    }

    /// Mode and id of one side as a record holds them.
    fn side(&self, leaf: Option<Leaf>, budget: &mut u64) -> Result<(&'static str, String)> {
        Ok(match leaf {
            None => ("0", "0".repeat(64)),
            Some(leaf) if leaf.mode == Mode::Submodule => {
                (leaf.mode.as_str(), format!("gitlink:{}", leaf.oid))
            }
            Some(leaf) => (
                leaf.mode.as_str(),
                self.blob_sha256(leaf.oid, budget)?.to_string(),
            ),
        })
    }

    fn blob_sha256(&self, oid: Oid, budget: &mut u64) -> Result<Sha256> {
        if let Some(known) = self.digests.borrow().get(&oid) {
            return Ok(*known);
        }
        let odb = self.odb()?;
        let (_, size) = header(&odb, oid)?;
        *budget = budget
            .checked_sub(size)
            .ok_or_else(|| GitError::OverBudget {
                what: "the contents of a change".to_owned(),
                limit: format!("{TOTAL_CAP} bytes"),
            })?;
        let blob = read(&odb, oid, ObjectType::Blob, BLOB_CAP)?;
        let digest = Sha256::from_bytes(Hasher::digest(blob.data()).into());
        self.digests.borrow_mut().insert(oid, digest);
        Ok(digest)
    }
}

/// `f(x)`: the length as eight big-endian bytes, then the bytes.
fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}
