//! The bytes in which a tally, or what it says of one change, is kept: lengths and integers, and a
//! checksum at the end. What does not read back whole is none.

use std::collections::BTreeSet;

use crate::change::{Oid, RepoPath};

/// Writes values one after another.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(magic: &[u8]) -> Self {
        Self(magic.to_vec())
    }

    /// An integer in as few bytes as it takes, seven bits a byte.
    pub(super) fn int(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(super) fn size(&mut self, value: usize) {
        self.int(value as u64);
    }

    /// A number whose bits say nothing of its size.
    pub(super) fn word(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.size(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn paths(&mut self, paths: &BTreeSet<RepoPath>) {
        self.size(paths.len());
        for path in paths {
            self.bytes(path.as_bytes());
        }
    }

    pub(super) fn oid(&mut self, oid: Oid) {
        self.0.extend_from_slice(oid.as_bytes());
    }

    /// All that was written, with its checksum.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let sum = fnv(&self.0);
        self.word(sum);
        self.0
    }
}

/// Reads them back.
#[derive(Debug)]
pub(super) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    /// The values after the magic, where that is there and the checksum is right.
    pub(super) fn new(magic: &[u8], bytes: &'b [u8]) -> Option<Self> {
        let (rest, sum) = bytes.split_last_chunk::<8>()?;
        if fnv(rest) != u64::from_le_bytes(*sum) {
            return None;
        }
        rest.strip_prefix(magic).map(Self)
    }

    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn int(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn small(&mut self) -> Option<u32> {
        u32::try_from(self.int()?).ok()
    }

    /// A number of things of which each takes at least one byte: never more than there are bytes.
    pub(super) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.int()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    pub(super) fn word(&mut self) -> Option<u64> {
        let bytes = self.take(8)?.first_chunk::<8>()?;
        Some(u64::from_le_bytes(*bytes))
    }

    pub(super) fn bytes(&mut self) -> Option<&'b [u8]> {
        let count = self.count()?;
        self.take(count)
    }

    pub(super) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }

    pub(super) fn path(&mut self) -> Option<RepoPath> {
        Some(RepoPath::new(self.bytes()?))
    }

    pub(super) fn paths(&mut self) -> Option<BTreeSet<RepoPath>> {
        (0..self.count()?).map(|_| self.path()).collect()
    }

    pub(super) fn oid(&mut self) -> Option<Oid> {
        Some(Oid::from_bytes(*self.take(20)?.first_chunk::<20>()?))
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }
}

/// FNV-1a of 64 bits, for titles and against damage; nothing rests on it that an attacker gains by.
pub(super) fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
