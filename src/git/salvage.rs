//! Fetching what can be fetched: one ref that a remote cannot deliver must not keep the others away.

use super::remote::FailedRef;
use super::{FetchOutcome, GitError, Result, Store};
use crate::change::{escape_ascii, readable};

/// Fetches that are made at most to find the refs at fault.
const FETCHES: usize = 64;

/// A search for the refs at fault.
struct Salvage<'a> {
    store: &'a Store,
    remote: &'a str,
    fetches_left: usize,
    fetched: usize,
    outcome: FetchOutcome,
}

impl Store {
    /// Fetches refspecs, pruning; where the remote cannot deliver them together, all those that it
    /// can deliver by themselves.
    pub(super) fn fetch_what_can_be(&self, remote: &str, specs: &[&str]) -> Result<FetchOutcome> {
        let error = match self.fetch(remote, specs, true) {
            Err(error @ GitError::Refused { .. }) => error,
            done => return done,
        };
        let mut salvage = Salvage {
            store: self,
            remote,
            fetches_left: FETCHES,
            fetched: 0,
            outcome: FetchOutcome::default(),
        };
        let single = salvage.expand(specs)?;
        salvage.halves(&single)?;
        if salvage.fetched == 0 {
            return Err(error);
        }
        Ok(salvage.outcome)
    }
}

impl Salvage<'_> {
    /// The refspecs with each `*` replaced by what the remote has there.
    fn expand(&mut self, specs: &[&str]) -> Result<Vec<String>> {
        let mut single = Vec::new();
        for spec in specs {
            let parts = spec.trim_start_matches('+').split_once(':');
            let Some((from, to)) = parts.filter(|(from, _)| from.contains('*')) else {
                single.push((*spec).to_owned());
                continue;
            };
            let (head, tail) = from.split_once('*').unwrap_or((from, ""));
            for entry in self.store.ls_remote(self.remote, &[from])? {
                let name = readable(&entry.name);
                if name.as_bytes() != entry.name.as_slice() {
                    self.fail(&name, "its name is not UTF-8");
                    continue;
                }
                let middle = name
                    .strip_prefix(head)
                    .and_then(|rest| rest.strip_suffix(tail));
                if let Some(middle) = middle {
                    single.push(format!("+{name}:{}", to.replacen('*', middle, 1)));
                }
            }
        }
        Ok(single)
    }

    fn halves(&mut self, specs: &[String]) -> Result<()> {
        if specs.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = specs.iter().map(String::as_str).collect();
        if self.fetches_left == 0 {
            for spec in &names {
                self.fail(spec, "too many refs of the remote cannot be fetched");
            }
            return Ok(());
        }
        self.fetches_left -= 1;
        match self.store.fetch(self.remote, &names, false) {
            Ok(outcome) => {
                self.fetched += specs.len();
                self.outcome.failed.extend(outcome.failed);
                self.outcome.remote_lines.extend(outcome.remote_lines);
                Ok(())
            }
            Err(GitError::Refused { words, .. }) if specs.len() == 1 => {
                self.fail(names[0], &words);
                Ok(())
            }
            Err(GitError::Refused { .. }) => {
                let (one, other) = specs.split_at(specs.len() / 2);
                self.halves(one)?;
                self.halves(other)
            }
            Err(error) => Err(error),
        }
    }

    /// Notes a ref, by the name it would have here, as not fetched.
    fn fail(&mut self, spec: &str, why: &str) {
        let name = spec.split_once(':').map_or(spec, |(_, to)| to);
        self.outcome.failed.push(FailedRef {
            name: escape_ascii(name).into_owned(),
            why: escape_ascii(why).into_owned(),
        });
    }
}
