//! `countersign gate`: one command, one exit code, one document. Fails closed.

mod attest;
mod github;
mod junit;
mod pins;
mod print;
mod question;
mod sarif;
mod verified;

use super::args::GateArgs;
use super::fetched::place;
use super::{Context, ExitCode, Failure};
use crate::gate::{Question, Report, judge};
use crate::policy::{Reason, ReasonId};
use crate::review::full_ref;
use crate::signing::SshVerifier;

use print::print;
pub(super) use question::written_root;
use question::{deployable, floor, not_out_of_the_tree, range, root, target, undecided};

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &GateArgs) -> Result<ExitCode, Failure> {
    let judged = verified::File::cleared(context, args).and_then(|file| {
        let report = report(context, args)?;
        file.write(&report).map(|()| report)
    });
    let mut report = match judged {
        Ok(report) => report,
        // Where a document is asked for there is one for every answer.
        Err(failure) if args.is_document() => {
            let target = args.target.as_deref().map(full_ref);
            return no_answer(context, failure, target.as_deref(), args);
        }
        Err(failure) if failure.code == ExitCode::Undecided => {
            context.output.line("ERROR no answer")?;
            return Err(failure);
        }
        Err(failure) => return Err(failure),
    };
    if args.report_only {
        report.only_report();
    }
    print(context, args, &report)?;
    Ok(match report.exit {
        0 => ExitCode::Done,
        1 => ExitCode::Denied,
        8 => ExitCode::Pending,
        _ => ExitCode::Undecided,
    })
}

/// The documents of a question that could not be put; the failure itself goes to stderr.
pub(super) fn no_answer(
    context: &mut Context,
    failure: Failure,
    target: Option<&str>,
    args: &GateArgs,
) -> Result<ExitCode, Failure> {
    let mut report = Report::no_answer(target, vec![as_reason(&failure)]);
    report.exit = failure.code as u8;
    if args.report_only {
        report.only_report();
        context.output.warn("REPORT ONLY: the decision is ERROR");
    }
    documents(context, args, &report)?;
    Err(failure)
}

/// What other programs read, in each of the forms that were asked for.
fn documents(context: &mut Context, args: &GateArgs, report: &Report) -> Result<(), Failure> {
    if args.github {
        // The runner reads stderr too, and stdout stays what it is without this flag.
        for line in github::lines(report) {
            context.output.warn(&line);
        }
    }
    if let Some(file) = &args.junit {
        let path = context.dir().join(file);
        let written = junit::document(report).and_then(|xml| std::fs::write(&path, xml));
        written.map_err(|error| {
            let text = format!("E-UNAVAILABLE --junit {}", path.display());
            Failure::new(ExitCode::Undecided, text)
                .caused_by(&error)
                .hint("name a file that can be written")
        })?;
    }
    if args.sarif {
        context.output.json(&sarif::document(report))?;
    } else if args.json {
        context.output.json(report)?;
    }
    Ok(())
}

fn report(context: &mut Context, args: &GateArgs) -> Result<Report, Failure> {
    let key = attest::key(context, args)?;
    let place = place(context, args)?;
    let session = &place.session;
    let clone = place.here().unwrap_or(session);
    not_out_of_the_tree(clone)?;
    let target = target(session, args)?;
    let root = root(&context.dir(), clone, args, &target)?;
    let kept = attest::Kept::open(context, args, &place, (&target, root), key.as_ref())?;
    let range = match kept.as_ref().and_then(|kept| kept.range(args, &place)) {
        Some(range) => range?,
        None => range(session, args.first, place.range.as_deref(), &target, root)?,
    };
    deployable(&session.store, args.deployable.as_deref(), range.base)?;
    let tip = session
        .target_tip(&target)
        .map_err(|error| undecided(&error))?;
    let floor = floor(&context.dir(), args)?;
    let notes = session.notes_refs();
    let roots = session.roots();
    let question = Question {
        store: &session.store,
        target: &target,
        range,
        root,
        first: args.first,
        deployable: args.deployable.as_deref(),
        notes: &notes,
        incoming: None,
        floor: floor.as_ref(),
        allow_rollback: args.allow_rollback,
        memory: pins::memory(session, args)?,
        roots: &roots,
        remote: session.remote.as_deref(),
        target_tip: tip,
        now: context.now,
    };
    let mut report = judge(&question, &SshVerifier);
    if let (Some(key), Some(root)) = (&key, root) {
        attest::attest(context, args, key, (&report, root), kept.as_ref())?;
    }
    if !args.report_only {
        pins::keep(session, &question.memory, &mut report);
    }
    Ok(report)
}

/// A failure before the question could be put, as a reason of the document.
fn as_reason(failure: &Failure) -> Reason {
    let named = ReasonId::ALL
        .iter()
        .find(|id| failure.message.split(' ').next() == Some(id.as_str()));
    let id = named.copied().unwrap_or(match failure.code {
        ExitCode::Usage => ReasonId::Usage,
        ExitCode::Unavailable => ReasonId::Unavailable,
        _ => ReasonId::Undecided,
    });
    let text = failure.message.trim_start_matches(id.as_str()).trim_start();
    let causes = failure.causes.iter().map(String::as_str);
    let text = std::iter::once(text).chain(causes).collect::<Vec<_>>();
    Reason::new(id, text.join(": "))
}
