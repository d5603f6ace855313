//! `--attest` and `--env`: the key of the gate, where the range of an environment begins, and what is
//! signed and kept after an answer of 0.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::super::args::GateArgs;
use super::super::context::{git_failure, unresolved};
use super::super::fetched::Place;
use super::super::{Context, ExitCode, Failure};
use super::undecided;
use crate::change::Oid;
use crate::evidence::{Untrusted, policy_at};
use crate::gate::{Attestation, Deployed, Range, Report, environment_ref};
use crate::git::{GitError, LeasedUpdate, Store};
use crate::review::{REFS, Session};
use crate::signing::{GateKey, GateKeyError};

/// The key that was named.
pub(super) fn key(context: &Context, args: &GateArgs) -> Result<Option<GateKey>, Failure> {
    let Some(file) = &args.gate_key else {
        return Ok(None);
    };
    let key = GateKey::read(&context.dir().join(file));
    let key = key.map_err(|error| {
        let failure = Failure::from_error(ExitCode::Unavailable, &error);
        failure.hint(match error {
            GateKeyError::Locked { .. } => {
                "give the gate a key file of its own without a passphrase, readable by it alone"
            }
            _ => "make one: ssh-keygen -t ed25519 -N '' -f gate-key",
        })
    })?;
    if args.attest.is_some() && !key.can_sign() {
        let text = format!("{} is a public key, and --attest signs", file.display());
        return Err(
            Failure::new(ExitCode::Unavailable, text).hint("name the private key: --gate-key FILE")
        );
    }
    Ok(Some(key))
}

/// What is kept of an environment.
pub(super) struct Kept<'a> {
    name: String,
    environment: &'a str,
    found: Deployed,
    place: &'a Place,
}

impl<'a> Kept<'a> {
    /// Reads what is kept of the environment that `--env` names.
    pub(super) fn open(
        context: &mut Context,
        args: &'a GateArgs,
        place: &'a Place,
        (target, root): (&str, Option<Oid>),
        key: Option<&GateKey>,
    ) -> Result<Option<Self>, Failure> {
        let (Some(environment), Some(key)) = (args.env.as_deref(), key) else {
            return Ok(None);
        };
        let name = environment_ref(REFS, environment).ok_or_else(|| {
            Failure::usage(format!("{environment:?} is no name of an environment"))
                .hint("letters, digits, dots, dashes and underscores, 64 at most: --env production")
        })?;
        let Some(root) = root else {
            let text = "E-POLICY-ROOT no root of trust, so nobody knows which repository this is";
            return Err(Failure::new(ExitCode::Undecided, text)
                .hint("give the commit from which policy is trusted: --policy-root OID"));
        };
        let store = &place.session.store;
        let repository = repository(store, root)?;
        let tracked = place.session.tracked_refs();
        let found = Deployed::read(
            place.here().map(|session| &session.store),
            tracked.as_deref().map(|root| (store, root)),
            (environment, target, &repository),
            key,
        );
        let found = found.map_err(|error| undecided(&error))?;
        if found.last.is_some() {
            for why in &found.refused {
                context.output.warn(&format!("W-REF-FAILED {why}"));
            }
        }
        Ok(Some(Self {
            name,
            environment,
            found,
            place,
        }))
    }

    /// The range from the last attestation on; none where the flags or the words say where it begins.
    pub(super) fn range(&self, args: &GateArgs, place: &Place) -> Option<Result<Range, Failure>> {
        let text = place.range.as_deref().unwrap_or("HEAD");
        if args.first || text.contains("..") {
            return None;
        }
        let Some(last) = &self.found.last else {
            return Some(Err(self.nothing()));
        };
        let store = &place.session.store;
        Some(match store.resolve_commit(text) {
            Ok(candidate) => Ok(Range {
                base: last.candidate,
                candidate,
                base_written: true,
            }),
            Err(error) => Err(unresolved(store, &error)),
        })
    }

    /// That no attestation says where to begin.
    fn nothing(&self) -> Failure {
        let environment = self.environment;
        let text = match self.found.refused.first() {
            Some(why) => {
                format!("E-ATTESTATION the base of {environment} is not to be believed: {why}")
            }
            None => format!(
                "E-ATTESTATION nothing was attested for {environment} yet, or it was not fetched"
            ),
        };
        let failure = Failure::new(ExitCode::Undecided, text);
        let more = self.found.refused.iter().skip(1);
        failure.because(more.map(ToString::to_string)).hint(
            "give the key that signed it; the first time say where to begin: LAST_DEPLOYED..REV, or --first",
        )
    }

    /// Puts a new attestation in the place of the last one.
    fn store(&self, context: &mut Context, args: &GateArgs, line: &[u8]) -> Result<(), Failure> {
        let session = &self.place.session;
        if args.push {
            self.push(session, line)?;
        }
        match self.place.here() {
            Some(clone) => {
                let store = &clone.store;
                let new = store.write_blob(line).map_err(|error| undecided(&error))?;
                let updated =
                    store.update_ref(&self.name, new, self.found.own, "countersign: gate");
                updated.map_err(|error| match error {
                    GitError::RefMoved { .. } | GitError::RefLocked { .. } => self.moved(),
                    error => undecided(&error),
                })
            }
            None if args.push => Ok(()),
            None => {
                context.output.warn(&format!(
                    "the attestation of {} is kept nowhere: there is no clone here; --push keeps it on the remote",
                    self.environment
                ));
                Ok(())
            }
        }
    }

    fn push(&self, session: &Session, line: &[u8]) -> Result<(), Failure> {
        let Some(remote) = &session.remote else {
            return Err(
                Failure::new(ExitCode::Unavailable, "there is no remote to push to")
                    .hint("leave --push out: the attestation is kept here"),
            );
        };
        let new = session.store.write_blob(line);
        let new = new.map_err(|error| undecided(&error))?;
        let update = LeasedUpdate {
            name: &self.name,
            expected: self.found.theirs,
            new: Some(new),
        };
        let pushed = session.store.push_leased(remote, &[update], false);
        let pushed = pushed.map_err(|error| git_failure(&error))?;
        if let Some(refused) = pushed.iter().find(|result| !result.ok) {
            const MOVED: [&str; 5] = [
                "stale info",
                "fetch first",
                "already exists",
                "cannot lock ref",
                "incorrect old value",
            ];
            if MOVED.iter().any(|words| refused.reason.contains(words)) {
                return Err(self.moved());
            }
            let text = format!("{remote} refuses {}: {}", self.name, refused.reason);
            let failure = Failure::new(ExitCode::Unavailable, text);
            let failure = failure.because(refused.remote_lines.iter().cloned());
            return Err(failure.hint("let the gate push to refs/countersign/deployed/*"));
        }
        // As the next fetch would find it.
        if let Some(name) = session
            .tracked_refs()
            .and_then(|root| environment_ref(&root, self.environment))
        {
            let tracked =
                session
                    .store
                    .update_ref(&name, new, self.found.theirs, "countersign: push");
            tracked.map_err(|error| undecided(&error))?;
        }
        Ok(())
    }

    fn moved(&self) -> Failure {
        let environment = self.environment;
        let text = format!(
            "E-ATTESTATION-MOVED another gate attested for {environment} while this one decided"
        );
        Failure::new(ExitCode::Undecided, text)
            .hint("ask again, with --fetch where the attestation is kept on the remote")
    }
}

/// Which repository the root says this is.
fn repository(store: &Store, root: Oid) -> Result<String, Failure> {
    match policy_at(store, root) {
        Ok(trusted) => Ok(trusted.policy.repository),
        Err(Untrusted::Git(error)) => Err(undecided(&error)),
        Err(error) => {
            let text = format!("E-POLICY-ROOT {error}");
            Err(Failure::new(ExitCode::Undecided, text)
                .hint("give the commit that brought .countersign/: --policy-root OID"))
        }
    }
}

/// Signs, writes and keeps what a report lets the gate say. Nothing is left of it where any of that
/// fails; nothing is written for any answer but 0 from a verified base.
pub(super) fn attest(
    context: &mut Context,
    args: &GateArgs,
    key: &GateKey,
    (report, root): (&Report, Oid),
    kept: Option<&Kept<'_>>,
) -> Result<(), Failure> {
    let attestation = Attestation::of(report, root, args.env.as_deref(), context.now);
    let Some(attestation) = attestation.filter(|_| !args.report_only) else {
        if report.exit == 0 && args.attest.is_some() {
            context
                .output
                .warn("nothing is attested: the base is not verified, or this only reports");
        }
        return Ok(());
    };
    if !key.can_sign() {
        context
            .output
            .remark("the gate's key is a public one: the attestation stays what it was");
        return Ok(());
    }
    let line = attestation.seal(key);
    let line = line.map_err(|error| {
        Failure::from_error(ExitCode::Unavailable, &error)
            .hint("give the gate an ed25519 or ECDSA P-256 key file of its own: --gate-key FILE")
    })?;
    let file = match &args.attest {
        Some(file) => Some(prepared(context.dir().join(file), &line)?),
        None => None,
    };
    // What is kept says more than that nothing has changed since.
    let news = |kept: &&Kept<'_>| {
        let last = kept.found.last.as_ref();
        last.is_none_or(|last| last.candidate != attestation.candidate)
    };
    if let Some(kept) = kept.filter(news) {
        kept.store(context, args, &line)?;
    }
    match file {
        Some((file, path)) => file
            .persist(&path)
            .map(|_| ())
            .map_err(|error| unwritten(&path, &error.error)),
        None => Ok(()),
    }
}

/// The file under another name beside its place, complete and on the disk.
fn prepared(path: PathBuf, line: &[u8]) -> Result<(NamedTempFile, PathBuf), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let written = builder.tempfile_in(folder).and_then(|mut file| {
        file.write_all(line)?;
        file.as_file().sync_all()?;
        Ok(file)
    });
    match written {
        Ok(file) => Ok((file, path)),
        Err(error) => Err(unwritten(&path, &error)),
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let text = format!("E-UNAVAILABLE --attest {}", path.display());
    let failure = Failure::new(ExitCode::Undecided, text).caused_by(error);
    failure.hint("name a file that can be written")
}
