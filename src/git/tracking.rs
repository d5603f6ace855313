//! What a clone knows of a remote's queue and notes, kept apart from its own refs; and how own
//! verdicts reach the remote. `docs/formats.md`, sections 1 and 5.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::remote::FailedRef;
use super::{FetchOutcome, GitError, RefEntry, Result, Store};
use crate::change::{Identity, Oid, readable};

/// Pushes of the notes that are tried before giving up.
const TRIES: u32 = 40;
/// Refusals in a row, with nothing new on the remote, that count as a no.
const STUBBORN: u32 = 3;

/// The names that a policy gives to the refs, and where a clone keeps what a remote has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedNames {
    /// The prefix of queue, findings, checks, claims and archive: `refs/countersign`.
    pub prefix: String,
    /// The notes ref: `refs/notes/countersign`.
    pub notes: String,
}

impl Default for TrackedNames {
    fn default() -> Self {
        Self {
            prefix: "refs/countersign".to_owned(),
            notes: "refs/notes/countersign".to_owned(),
        }
    }
}

impl TrackedNames {
    /// Where the refs below the prefix are tracked for a remote.
    pub fn tracked_prefix(&self, remote: &str) -> String {
        format!("refs/countersign-remote/{remote}/countersign")
    }

    /// Where the notes are tracked for a remote.
    pub fn tracked_notes(&self, remote: &str) -> String {
        format!("refs/countersign-remote/{remote}/notes")
    }

    /// Where the notes of a remote arrive before they are looked at.
    pub fn incoming_notes(&self, remote: &str) -> String {
        format!("refs/countersign-remote/{remote}/notes-incoming")
    }
}

/// What the last successful fetch from a remote found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FetchRecord {
    /// When; whole seconds.
    #[serde(with = "seconds")]
    pub at: Timestamp,
    /// From where; without a password.
    pub url: String,
    /// The remote's notes tip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes_tip: Option<Oid>,
    /// Whether the remote had no notes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
}

/// What a fetch of queue and notes found.
#[derive(Debug)]
pub struct FetchReport {
    /// What was found, and written down unless there is a `notes_error`.
    pub record: FetchRecord,
    /// The tracked notes tip afterwards.
    pub notes: Option<Oid>,
    /// `W-LOG-REWOUND`: the remote's notes lack commits that were seen there before. Both are
    /// kept, and the next push restores them.
    pub rewound: bool,
    /// Why the notes that came could not be taken over; the ones known before stay.
    pub notes_error: Option<GitError>,
    /// Refs that could not be fetched; the others were.
    pub failed: Vec<FailedRef>,
    /// Targets that the remote does not have.
    pub missing_targets: Vec<String>,
    /// What the remote said, escaped.
    pub remote_lines: Vec<String>,
}

/// What pushing the notes did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushReport {
    /// The notes tip that the remote has now; none where there was nothing at all to push.
    pub tip: Option<Oid>,
    /// Pushes it took; 0 where the remote had everything.
    pub tries: u32,
    /// `W-LOG-REWOUND`, seen while pushing.
    pub rewound: bool,
}

impl Store {
    /// Fetches the queue, the notes and the targets of a remote into the tracking refs. `who` and
    /// `now` go into the commit that joins diverged notes.
    ///
    /// # Errors
    /// Where the remote is unknown, cannot be reached or refuses as a whole.
    pub fn fetch_queue(
        &self,
        remote: &str,
        names: &TrackedNames,
        targets: &[&str],
        who: &Identity,
        now: Timestamp,
    ) -> Result<FetchReport> {
        let mut patterns = vec![names.notes.as_str()];
        patterns.extend(targets);
        let listed = self.ls_remote(remote, &patterns)?;
        let has_notes = listed.iter().any(|r| r.name == names.notes.as_bytes());
        let (there, missing): (Vec<&str>, Vec<&str>) = targets
            .iter()
            .partition(|target| matches_any(&listed, target));
        let specs = self.queue_refspecs(remote, names, has_notes, &there)?;
        let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
        let FetchOutcome {
            failed,
            remote_lines,
        } = self.fetch_what_can_be(remote, &specs)?;
        let incoming_name = names.incoming_notes(remote);
        let lost = failed.iter().find(|failed| failed.name == incoming_name);
        let incoming = match lost {
            None if has_notes => self.ref_oid(&incoming_name)?,
            _ => None,
        };
        let taken = match lost {
            None => self.take_notes(remote, names, incoming, who),
            Some(lost) => Err(GitError::Refused {
                remote: remote.to_owned(),
                words: format!("{}: {}", names.notes, lost.why),
            }),
        };
        let record = self.record(remote, now, incoming, has_notes)?;
        let (notes, rewound, notes_error) = match taken {
            Ok((tip, rewound)) => {
                // A record says that the remote's notes are known here: never without them.
                self.write_record(remote, &record)?;
                (tip, rewound, None)
            }
            Err(error) => {
                let tracked = self.ref_oid(&names.tracked_notes(remote))?;
                (tracked, false, Some(error))
            }
        };
        Ok(FetchReport {
            record,
            notes,
            rewound,
            notes_error,
            failed,
            missing_targets: missing.into_iter().map(str::to_owned).collect(),
            remote_lines,
        })
    }

    /// The refspecs of a fetch of queue, notes and targets.
    fn queue_refspecs(
        &self,
        remote: &str,
        names: &TrackedNames,
        with_notes: bool,
        targets: &[&str],
    ) -> Result<Vec<String>> {
        let mut specs = vec![format!(
            "+{}/*:{}/*",
            names.prefix,
            names.tracked_prefix(remote)
        )];
        if with_notes {
            specs.push(format!("+{}:{}", names.notes, names.incoming_notes(remote)));
        }
        for target in targets {
            specs.push(self.target_refspec(remote, target)?);
        }
        Ok(specs)
    }

    /// Takes the notes that came from a remote (none: it has none) over into the tracked ref. The
    /// answer is the tracked tip, and whether the remote's notes were rewound.
    fn take_notes(
        &self,
        remote: &str,
        names: &TrackedNames,
        incoming: Option<Oid>,
        who: &Identity,
    ) -> Result<(Option<Oid>, bool)> {
        let tracked_name = names.tracked_notes(remote);
        let tracked = self.notes_tip(&tracked_name)?;
        let Some(_) = incoming else {
            return Ok((tracked, tracked.is_some()));
        };
        let Some(incoming) = self.notes_tip(&names.incoming_notes(remote))? else {
            return Ok((tracked, tracked.is_some()));
        };
        let rewound = match tracked {
            Some(tracked) => !self.is_ancestor(tracked, incoming)?,
            None => false,
        };
        let tip = self.notes_union(&tracked_name, incoming, who)?.tip();
        Ok((Some(tip), rewound))
    }

    /// The refspec that the remote's configuration has for a target, else git's default one.
    fn target_refspec(&self, remote: &str, target: &str) -> Result<String> {
        let configured = self.config_strings(&format!("remote.{remote}.fetch"))?;
        let mapped = configured.iter().find_map(|spec| {
            let (from, to) = spec.trim_start_matches('+').split_once(':')?;
            if from == target {
                return Some(to.to_owned());
            }
            let (head, tail) = from.split_once('*')?;
            let middle = target.strip_prefix(head)?.strip_suffix(tail)?;
            Some(to.replacen('*', middle, 1))
        });
        let to = mapped.unwrap_or_else(|| {
            let short = target.strip_prefix("refs/heads/").unwrap_or(target);
            format!("refs/remotes/{remote}/{short}")
        });
        Ok(format!("+{target}:{to}"))
    }

    /// Brings the own notes to a remote, never by force: joined with what is tracked, pushed, and
    /// on any refusal fetched, joined and pushed again, with jitter, a bounded number of times.
    ///
    /// # Errors
    /// Where the remote cannot be reached, or keeps refusing; everything stays here then.
    pub fn push_notes(
        &self,
        remote: &str,
        names: &TrackedNames,
        who: &Identity,
    ) -> Result<PushReport> {
        let tracked_name = names.tracked_notes(remote);
        let mut rewound = false;
        let mut refusals = 0;
        for tries in 1..=TRIES {
            let tracked = self.notes_tip(&tracked_name)?;
            let local = self.notes_tip(&names.notes)?;
            let tip = match (local, tracked) {
                (None, None) => {
                    return Ok(PushReport {
                        tip: None,
                        tries: 0,
                        rewound,
                    });
                }
                (_, Some(tracked)) => self.notes_union(&names.notes, tracked, who)?.tip(),
                (Some(local), None) => local,
            };
            let spec = format!("{tip}:{}", names.notes);
            let results = self.push(remote, &[&spec], false)?;
            let refused = results.iter().find(|result| !result.ok);
            let Some(refused) = refused else {
                self.notes_union(&tracked_name, tip, who)?;
                return Ok(PushReport {
                    tip: Some(tip),
                    tries,
                    rewound,
                });
            };
            // The pause comes before the fetch: what is fetched must be fresh when it is pushed.
            let most = 10_u64 << tries.min(6);
            std::thread::sleep(Duration::from_millis(fastrand::u64(0..most)));
            let before = self.notes_tip(&tracked_name)?;
            rewound |= self.fetch_notes(remote, names, who)?;
            refusals = if self.notes_tip(&tracked_name)? == before {
                refusals + 1
            } else {
                0
            };
            if refusals >= STUBBORN || tries == TRIES {
                return Err(refusal(remote, refused));
            }
        }
        Err(GitError::Refused {
            remote: remote.to_owned(),
            words: format!("{TRIES} pushes were refused"),
        })
    }

    /// Fetches the notes of a remote alone; whether they were rewound.
    ///
    /// # Errors
    /// As [`Store::fetch_queue`].
    pub fn fetch_notes(&self, remote: &str, names: &TrackedNames, who: &Identity) -> Result<bool> {
        let incoming_name = names.incoming_notes(remote);
        let spec = format!("+{}:{incoming_name}", names.notes);
        let incoming = match self.fetch(remote, &[&spec], false) {
            Ok(_) => self.ref_oid(&incoming_name)?,
            Err(GitError::Refused { words, .. }) if words.contains("find remote ref") => None,
            Err(error) => return Err(error),
        };
        Ok(self.take_notes(remote, names, incoming, who)?.1)
    }

    /// What the last successful fetch from a remote found; none where there was none.
    ///
    /// # Errors
    /// Where the record cannot be read.
    pub fn fetch_record(&self, remote: &str) -> Result<Option<FetchRecord>> {
        let path = self.record_path(remote);
        let failed = |e| GitError::io(format!("read {}", path.display()), e);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|e| failed(e.into())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(failed(e)),
        }
    }

    fn record(
        &self,
        remote: &str,
        at: Timestamp,
        notes_tip: Option<Oid>,
        has_notes: bool,
    ) -> Result<FetchRecord> {
        let url = self.remote_url(remote)?.unwrap_or_else(|| remote.into());
        Ok(FetchRecord {
            at,
            url: without_password(&url),
            notes_tip,
            absent: !has_notes,
        })
    }

    fn record_path(&self, remote: &str) -> PathBuf {
        let name = remote.replace('%', "%25").replace('/', "%2F");
        self.common_dir()
            .join("countersign/fetched")
            .join(format!("{name}.json"))
    }

    fn write_record(&self, remote: &str, record: &FetchRecord) -> Result<()> {
        let path = self.record_path(remote);
        let failed = |e| GitError::io(format!("write {}", path.display()), e);
        let dir = path.parent().unwrap_or(&path);
        fs::create_dir_all(dir).map_err(failed)?;
        let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
        serde_json::to_writer(&mut file, record).map_err(|e| failed(e.into()))?;
        file.write_all(b"\n").map_err(failed)?;
        file.persist(&path).map_err(|e| failed(e.error))?;
        Ok(())
    }
}

/// A time as RFC 3339, UTC, whole seconds.
mod seconds {
    use jiff::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        let whole = Timestamp::from_second(at.as_second()).unwrap_or(*at);
        to.collect_str(&whole)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

fn refusal(remote: &str, refused: &super::PushResult) -> GitError {
    let mut words = vec![refused.reason.clone()];
    words.extend(refused.remote_lines.iter().take(5).cloned());
    GitError::Refused {
        remote: remote.to_owned(),
        words: words.join(" | "),
    }
}

/// Whether a remote lists a ref that a target, literal or with one `*`, names.
fn matches_any(listed: &[RefEntry], target: &str) -> bool {
    listed.iter().any(|entry| {
        let name = readable(&entry.name);
        match target.split_once('*') {
            Some((head, tail)) => {
                name.len() >= head.len() + tail.len()
                    && name.starts_with(head)
                    && name.ends_with(tail)
            }
            None => name == target,
        }
    })
}

/// A URL without the password that may stand in it.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}{}", &rest[end..])
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_holds_no_password() {
        assert_eq!(
            without_password("https://me:secret@h.example/r.git"),
            "https://me@h.example/r.git"
        );
        assert_eq!(without_password("git@h:r@x.git"), "git@h:r@x.git");
        assert_eq!(without_password("https://h/r@x"), "https://h/r@x");
    }
}
