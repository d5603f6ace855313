//! `countersign policy add-person`, `remove-person`, `rotate-key`, `revoke`: each a proposal to change
//! the policy, which waits for the approvals of `[policy_change]` as any change of it does.

use std::io::IsTerminal as _;

use super::super::args::{AddPersonArgs, AmendArgs, RemovePersonArgs, RevokeArgs, RotateKeyArgs};
use super::super::context::{failure, git_failure};
use super::super::patch;
use super::super::{Context, ExitCode, Failure};
use super::amended::{Made, Told};
use super::asked::{self, slug};
use super::explain::in_force;
use crate::change::{BadId, ChangeId};
use crate::evidence::Trusted;
use crate::gate::{Leaned, Trial, leaning};
use crate::policy::{Amendment, Policy};
use crate::review::{
    Amending, Approvers, Desk, Me, ReviewError, Session, Standing, fetch, signer, standing_on,
};
use crate::signing::{Mode, SshSigner, SshVerifier};
use crate::verdict::{SignError, Signer as _, whole_seconds};

/// `countersign policy add-person`
pub(super) fn add_person(context: &mut Context, args: &AddPersonArgs) -> Result<ExitCode, Failure> {
    let person = asked::person(context, args)?;
    let named = format!("policy-add-{}", args.id);
    let new = person.keys.iter().map(|key| key.fingerprint.clone());
    let wish = Wish {
        verb: "add-person",
        id: slug(&named, None),
        falls: Vec::new(),
        compare: new.map(|key| (key, args.id.clone())).collect(),
        until: None,
    };
    run(context, &args.amend, |_, _| {
        Ok((Amendment::AddPerson(person), wish))
    })
}

/// `countersign policy remove-person`
pub(super) fn remove_person(
    context: &mut Context,
    args: &RemovePersonArgs,
) -> Result<ExitCode, Failure> {
    run(context, &args.amend, |context, policy| {
        let wish = Wish {
            verb: "remove-person",
            id: slug(&format!("policy-remove-{}", args.id), None),
            falls: policy.keys_meant(&args.id, context.now),
            compare: Vec::new(),
            until: None,
        };
        let id = args.id.clone();
        Ok((Amendment::RemovePerson { id }, wish))
    })
}

/// `countersign policy rotate-key`
pub(super) fn rotate_key(context: &mut Context, args: &RotateKeyArgs) -> Result<ExitCode, Failure> {
    run(context, &args.amend, |context, policy| {
        let rotation = asked::rotation(context, args, policy)?;
        let new = rotation.key.fingerprint.clone();
        let falls = match rotation.old.as_slice() {
            [] => policy.keys_meant(&args.id, context.now),
            named => named.to_vec(),
        };
        let wish = Wish {
            verb: "rotate-key",
            id: slug(&format!("policy-rotate-{}", args.id), Some(&new)),
            falls,
            compare: vec![(new, args.id.clone())],
            until: Some(rotation.until),
        };
        Ok((Amendment::RotateKey(rotation), wish))
    })
}

/// `countersign policy revoke`
pub(super) fn revoke(context: &mut Context, args: &RevokeArgs) -> Result<ExitCode, Failure> {
    run(context, &args.amend, |context, policy| {
        let revocation = asked::revocation(context, args, policy)?;
        let first = revocation.keys.first().cloned().unwrap_or_default();
        let owner = policy.signers.find(&first).map(|key| &key.principal);
        let owner = owner.map_or("key", |name| name.split('@').next().unwrap_or(name));
        let next = revocation.next.iter();
        let wish = Wish {
            verb: "revoke",
            id: slug(&format!("policy-revoke-{owner}"), Some(&first)),
            falls: revocation.keys.clone(),
            compare: next
                .map(|key| (key.fingerprint.clone(), owner.to_owned()))
                .collect(),
            until: None,
        };
        Ok((Amendment::Revoke(revocation), wish))
    })
}

/// What one of the commands wants, beside the change itself.
pub(super) struct Wish {
    /// The command.
    pub(super) verb: &'static str,
    /// The change's id, where none was given.
    id: String,
    /// Keys that stop to count, now or later.
    pub(super) falls: Vec<String>,
    /// New keys and whose they are said to be.
    pub(super) compare: Vec<(String, String)>,
    /// When the keys stop to count; none: with the change.
    pub(super) until: Option<jiff::Timestamp>,
}

fn run(
    context: &mut Context,
    args: &AmendArgs,
    wanted: impl FnOnce(&Context, &Policy) -> Result<(Amendment, Wish), Failure>,
) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let now = whole_seconds(context.now);
    if !args.dry_run {
        fetched(context, &session);
    }
    let (target, policy) = in_force(&session, args.target.as_deref())?;
    let (amendment, wish) = wanted(context, &policy.policy)?;
    let amending = Amending::new(&session, target, policy, &amendment, now);
    let amending = amending.map_err(|error| failure(&error))?;
    let approvers = amending.approvers(&session, now);
    let approvers = approvers.map_err(|error| git_failure(&error))?;
    let id = change_id(args, &wish)?;
    let rivals = amending.rivals(&session, &id);
    let rivals = rivals.map_err(|error| git_failure(&error))?;
    let (standing, landed) = falling(context, &session, &amending, &wish)?;
    let policy = &amending.policy.policy;
    let me = Me::find(&session, Some(policy)).ok();
    let mut told = Told {
        shortages: amending.shortages(now),
        own: me.is_some_and(|me| wish.falls.contains(&me.key.fingerprint)),
        diff: None,
        made: None,
        remote: session.remote.clone(),
        amending: &amending,
        approvers: &approvers,
        wish: &wish,
        standing,
        landed,
        rivals,
    };
    if args.dry_run {
        let diff = amending.diff(&session.store);
        let diff = diff.map_err(|error| git_failure(&error))?;
        let diff = diff.iter().map(|(path, body)| patch::lines(path, body));
        told.diff = Some(diff.collect());
    } else {
        enough(&approvers, args, &wish)?;
        told.made = Some(made(context, &session, args, (&amending, &wish, &id))?);
    }
    if args.json {
        context.output.json(&told.document())?;
    } else {
        for line in told.lines() {
            context.output.line(&line)?;
        }
    }
    for warning in told.warnings() {
        context.output.warn(&format!("WARN {warning}"));
    }
    match told.made.and_then(|made| made.failure) {
        Some(failure) => Err(failure),
        None => Ok(ExitCode::Done),
    }
}

/// Fetches: what is proposed stands on the tip as the remote has it. Where that cannot be reached the
/// proposal waits here, on what is known.
fn fetched(context: &mut Context, session: &Session) {
    if session.remote.is_none() {
        return;
    }
    let _progress = context.output.teller.begin("fetching");
    if let Err(error) = fetch(session, context.now) {
        context.output.warn(&format!("WARN not fetched: {error}"));
    }
}

/// The id of the change that it becomes.
fn change_id(args: &AmendArgs, wish: &Wish) -> Result<ChangeId, Failure> {
    let id = args.change.as_ref().unwrap_or(&wish.id);
    id.parse().map_err(|error: BadId| {
        Failure::usage(error.to_string()).hint("such as --change policy-add-dave")
    })
}

/// What stands on the keys that fall: in the queue, and of what landed.
fn falling(
    context: &mut Context,
    session: &Session,
    amending: &Amending,
    wish: &Wish,
) -> Result<(Standing, Vec<Leaned>), Failure> {
    if wish.falls.is_empty() {
        return Ok((Standing::default(), Vec::new()));
    }
    let _progress = context
        .output
        .teller
        .begin("looking for what stands on the key");
    let target = &amending.target;
    let standing = standing_on(session, &wish.falls, target, context.now);
    let standing = standing.map_err(|error| failure(&error))?;
    // A key that is followed by another one has been right so far.
    let Some(base) = standing.since.filter(|_| wish.until.is_none()) else {
        return Ok((standing, Vec::new()));
    };
    let pins = session.journal.pins().load();
    let pins = pins.map_err(|error| failure(&ReviewError::Journal(error)))?;
    let trial = Trial {
        store: &session.store,
        target,
        base,
        candidate: amending.policy.commit,
        policy: &amending.policy,
        root: pins.root_of(target),
        notes: &session.notes_refs(),
        roots: &session.roots(),
        now: context.now,
    };
    let after = Trusted {
        commit: amending.policy.commit,
        policy: amending.amended.policy.clone(),
    };
    match leaning(&trial, &after, &wish.falls, &SshVerifier) {
        Ok(landed) => Ok((standing, landed)),
        Err(reasons) => {
            let first = reasons.first().map(ToString::to_string);
            let text = format!(
                "WARN what landed on the key could not be looked for: {}",
                first.unwrap_or_default()
            );
            context.output.warn(&text);
            Ok((standing, Vec::new()))
        }
    }
}

/// Fails where too few people could approve it, unless it is wanted anyway.
fn enough(approvers: &Approvers, args: &AmendArgs, wish: &Wish) -> Result<(), Failure> {
    if approvers.suffice() || args.anyway {
        return Ok(());
    }
    let text = format!(
        "nobody could let this pass: {}",
        super::amended::too_few(approvers)
    );
    let proposing = approvers.proposing.join(", ");
    let hint = if approvers.would_suffice() {
        format!(
            "whoever proposes a change does not approve it: let somebody but {proposing} run this, who needs no key for it{}",
            match wish.falls.is_empty() {
                true => "",
                false => " (the owner of the key, or an agent)",
            }
        )
    } else {
        "the policy cannot be changed by its own rules any more; docs/stolen-key.md, \"When too few are left\""
            .to_owned()
    };
    Err(Failure::new(ExitCode::Denied, text).hint(format!(
        "{hint}\nnothing was proposed; --anyway does it all the same"
    )))
}

/// Proposes it, signed where there is a key that can be used.
fn made(
    context: &mut Context,
    session: &Session,
    args: &AmendArgs,
    (amending, wish, id): (&Amending, &Wish, &ChangeId),
) -> Result<Made, Failure> {
    let signer = match args.no_sign {
        true => None,
        false => may_sign(context, session, wish)?,
    };
    let _progress = context.output.teller.begin("proposing");
    let now = whole_seconds(context.now);
    let propose = |signer: Option<&SshSigner>| {
        let signer = signer.map(|signer| signer as &dyn crate::verdict::Signer);
        amending.propose(session, id, signer, now)
    };
    let mut signed = signer.as_ref().map(|one| one.fingerprint().to_owned());
    let proposed = match propose(signer.as_ref()) {
        Err(ReviewError::Sign(SignError::Locked | SignError::NotInAgent)) => {
            match signer.filter(|_| std::io::stdin().is_terminal()) {
                Some(signer) => propose(Some(&signer.in_mode(Mode::Interactive))),
                None => {
                    let text = "WARN the key is locked: the proposal is not signed; ssh-add, and the same command again, signs it";
                    context.output.warn(text);
                    signed = None;
                    propose(None)
                }
            }
        }
        proposed => proposed,
    };
    let (head, proposed) = proposed.map_err(|error| failure(&error))?;
    let opened = Desk::new(session, context.now).and_then(|mut desk| desk.open(&proposed.name));
    Ok(Made::new(head, proposed, signed, opened.ok()))
}

/// The key that signs the proposal. One that falls by it does not: whoever has it may be somebody else.
fn may_sign(
    context: &mut Context,
    session: &Session,
    wish: &Wish,
) -> Result<Option<SshSigner>, Failure> {
    match signer(session, Mode::Silent) {
        Ok(signer) if wish.until.is_none() && wish.falls.contains(&signer.key().fingerprint) => {
            Ok(None)
        }
        Ok(signer) => Ok(Some(signer)),
        Err(ReviewError::Sign(SignError::NoKey)) => Ok(None),
        Err(ReviewError::Sign(error)) => {
            let text = format!("WARN the proposal is not signed: {error}");
            context.output.warn(&text);
            Ok(None)
        }
        Err(error) => Err(failure(&error)),
    }
}
