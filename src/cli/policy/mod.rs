//! `countersign policy`: `check` here (every mistake at once, in the work tree or at a commit),
//! `explain`, `simulate` and what changes people and keys each in a file of its own.

mod amend;
mod amend_json;
mod amended;
mod asked;
mod document;
mod explain;
mod refused;
mod simulate;
mod told;
mod totals;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::args::{PolicyArgs, PolicyCheckArgs, PolicyCommand};
use super::context::unresolved;
use super::{Context, ExitCode, Failure};
use crate::evidence::{Untrusted, policy_at};
use crate::policy::{
    ALLOWED_SIGNERS, DIRECTORY, Invalid, Mistake, POLICY_TOML, Policy, PolicyFiles, REVOKED_KEYS,
};
use crate::review::Session;
use crate::risk::rules_digest_with;
pub(super) use refused::refused;

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &PolicyArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        PolicyCommand::Check(args) => check(context, args),
        PolicyCommand::Explain(args) => explain::run(context, args),
        PolicyCommand::Simulate(args) => simulate::run(context, args),
        PolicyCommand::AddPerson(args) => amend::add_person(context, args),
        PolicyCommand::RemovePerson(args) => amend::remove_person(context, args),
        PolicyCommand::RotateKey(args) => amend::rotate_key(context, args),
        PolicyCommand::Revoke(args) => amend::revoke(context, args),
    }
}

fn check(context: &mut Context, args: &PolicyCheckArgs) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let (place, read) = match (&args.rev, session.store.workdir()) {
        (None, Some(dir)) => ("the work tree".to_owned(), in_folder(dir)?),
        (rev, _) => {
            let rev = rev.as_deref().unwrap_or("HEAD");
            (rev.to_owned(), at_commit(&session, rev)?)
        }
    };
    if args.json {
        context.output.json(&document(&read))?;
    }
    let policy = read.map_err(|invalid| {
        Failure::new(
            ExitCode::Undecided,
            format!("E-POLICY-INVALID the policy in {place} is invalid\n{invalid}"),
        )
        .hint("docs/policy.md says what each key takes")
    })?;
    if args.json {
        let remark = format!("version {} is valid", policy.version);
        context.output.remark(&remark);
    } else {
        said(context, &policy)?;
    }
    let bad = examples(&policy);
    if bad.is_empty() {
        return Ok(ExitCode::Done);
    }
    let lines: Vec<String> = bad.iter().map(Mistake::to_string).collect();
    let text = format!(
        "the policy in {place} is valid, its own rules do not do what their examples say\n{}",
        lines.join("\n")
    );
    Err(Failure::new(ExitCode::Denied, text).hint("mend the rule or the example"))
}

/// That it is valid, and by which rules it makes changes assessed.
fn said(context: &mut Context, policy: &Policy) -> Result<(), Failure> {
    let (version, digest) = (policy.version, policy.digest);
    context
        .output
        .line(&format!("valid: version {version}, digest {digest}"))?;
    let own = &policy.risk.rules;
    if own.is_empty() {
        return Ok(());
    }
    let (number, rules) = (own.len(), rules_digest_with(own));
    context.output.line(&format!(
        "rules: {number} of the repository's own; assessed by rules {rules}"
    ))
}

/// The examples of the repository's own rules that they do not live up to.
fn examples(policy: &Policy) -> Vec<Mistake> {
    let bad = policy.risk.rules.bad_examples().into_iter();
    bad.map(|bad| Mistake::new(POLICY_TOML, Some(bad.line), bad.text, "mend one of the two"))
        .collect()
}

fn document(read: &Read) -> Value {
    match read {
        Ok(policy) => json!({
            "schema": "countersign/policy-check/1",
            "valid": true,
            "version": policy.version,
            "digest": policy.digest,
            "mistakes": [],
            "ownRules": policy.risk.rules.len(),
            "assessedByRules": rules_digest_with(&policy.risk.rules),
            "examples": examples(policy).iter().map(mistake).collect::<Vec<_>>(),
        }),
        Err(invalid) => json!({
            "schema": "countersign/policy-check/1",
            "valid": false,
            "error": invalid.to_string(),
            "mistakes": invalid.mistakes().iter().map(mistake).collect::<Vec<_>>(),
        }),
    }
}

fn mistake(mistake: &Mistake) -> Value {
    json!({
        "file": mistake.file,
        "line": mistake.line,
        "text": mistake.text,
        "remedy": mistake.remedy,
    })
}

/// What was read, or why it is no policy.
pub(in crate::cli) type Read = Result<Policy, Invalid>;

fn at_commit(session: &Session, rev: &str) -> Result<Read, Failure> {
    let store = &session.store;
    let commit = store.resolve_commit(rev);
    let commit = commit.map_err(|error| unresolved(store, &error))?;
    match policy_at(store, commit) {
        Ok(trusted) => Ok(Ok(trusted.policy)),
        Err(Untrusted::Invalid { invalid, .. }) => Ok(Err(invalid)),
        Err(Untrusted::Absent { .. }) => Ok(Err(Invalid::Mistakes(vec![Mistake::missing_file(
            POLICY_TOML,
        )]))),
        Err(Untrusted::Git(error)) => Err(unresolved(store, &error)),
    }
}

/// The files as they lie there, before anybody commits them: plain ones, all three.
pub(in crate::cli) fn in_folder(dir: &Path) -> Result<Read, Failure> {
    let mut mistakes = Vec::new();
    let mut read = |path: &str| -> Result<Vec<u8>, Failure> {
        let file = dir.join(path);
        let failed = |error: std::io::Error| {
            Failure::new(
                ExitCode::Undecided,
                format!("cannot read {}", file.display()),
            )
            .caused_by(&error)
            .hint("see that the file is yours to read")
        };
        let kind = match fs::symlink_metadata(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                mistakes.push(Mistake::missing_file(path));
                return Ok(Vec::new());
            }
            kind => kind.map_err(failed)?,
        };
        if let Some(mode) = odd_mode(&kind) {
            mistakes.push(Mistake::wrong_mode(path, mode));
            return Ok(Vec::new());
        }
        fs::read(&file).map_err(failed)
    };
    let files = PolicyFiles {
        policy_toml: read(POLICY_TOML)?,
        allowed_signers: read(ALLOWED_SIGNERS)?,
        revoked_keys: read(REVOKED_KEYS)?,
    };
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.eq_ignore_ascii_case(DIRECTORY) && name != DIRECTORY {
            mistakes.push(Mistake::case_twin(&name.to_string_lossy()));
        }
    }
    if mistakes.is_empty() {
        return Ok(files.parse());
    }
    // What can be read is judged as well: every mistake at once.
    if let Err(Invalid::Mistakes(more)) = files.parse() {
        let missing: Vec<String> = mistakes.iter().map(|one| one.file.clone()).collect();
        mistakes.extend(more.into_iter().filter(|one| !missing.contains(&one.file)));
    }
    Ok(Err(Invalid::Mistakes(mistakes)))
}

/// The mode git would record, where it is not 100644.
fn odd_mode(kind: &fs::Metadata) -> Option<&'static str> {
    if kind.is_symlink() {
        return Some("120000");
    }
    if !kind.is_file() {
        return Some("040000");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if kind.permissions().mode() & 0o100 != 0 {
            return Some("100755");
        }
    }
    None
}
