//! What the use-cases know, in the words and figures of the screen.

use jiff::Timestamp;

use super::spoken;
use crate::app::change::{
    Acknowledge, Asks, CommitLine, Note, NoteKind, Opened, Origin, Signing, Subject, Why,
};
use crate::app::compare::Comparable;
use crate::app::session::{Session, Trouble};
use crate::app::sheet::counted;
use crate::change::{Commit, Identity};
use crate::diff::rows::OnSide;
use crate::diff::{FileDiff, visible};
use crate::evidence::Statements;
use crate::git::hazards_in_words;
use crate::policy::{Item, Outcome, RuleOutcome};
use crate::queue::Home;
use crate::review::remarks::Remark;
use crate::review::{self, DefaultPolicy, Me, SaidStanding};
use crate::risk::{Assessment, Finding, Level, Side as FindingSide, shown_digest};
use crate::verdict::{PolicyRef, RiskShown, VerdictKind};

/// The session's facts for the bars and the cards.
pub(super) fn session(session: &review::Session, queue: &review::Queue) -> Session {
    let me = queue.me.as_ref();
    let root = session
        .store
        .workdir()
        .unwrap_or_else(|| session.store.git_dir());
    let name = root.file_name().unwrap_or(root.as_os_str());
    Session {
        repository: name.to_string_lossy().into_owned(),
        remote: session.remote.clone(),
        person: me.and_then(|me| me.principal.clone()),
        roles: me.map_or_else(Vec::new, |me| me.roles.clone()),
        key_type: me.map_or_else(String::new, key_type),
        fingerprint: me.map_or_else(String::new, |me| me.key.fingerprint.clone()),
        troubles: troubles(me, &queue.policy),
        undo_seconds: 0,
        fetch_seconds: 0,
        warnings: queue.warnings.clone(),
        unassessed: queue.unassessed.len(),
    }
}

/// The type of the key, as it stands before the key itself.
fn key_type(me: &Me) -> String {
    let name = me.key.public_key.split(' ').next();
    name.unwrap_or_default().to_owned()
}

fn troubles(me: Option<&Me>, policy: &DefaultPolicy) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    match policy {
        DefaultPolicy::Found { .. } => {}
        DefaultPolicy::None { target, why } => troubles.push(Trouble {
            what: format!("No policy on {target}"),
            remedy: vec![
                why.to_string(),
                String::new(),
                "Write .countersign/policy.toml, allowed_signers and revoked_keys on that branch;"
                    .to_owned(),
                "docs/policy.md has an example. Until then nothing can be signed here.".to_owned(),
            ],
        }),
        DefaultPolicy::NoCommits => troubles.push(Trouble {
            what: "No commits yet".to_owned(),
            remedy: lines(&["There is no branch with a commit, so nothing can be proposed."]),
        }),
    }
    if me.is_none() {
        troubles.push(Trouble {
            what: "No key to sign with".to_owned(),
            remedy: lines(&[
                "Verdicts are signed with an SSH key. Tell git which:",
                "",
                "  git config gpg.format ssh",
                "  git config user.signingKey ~/.ssh/id_ed25519.pub",
            ]),
        });
    }
    troubles
}

/// A revision as it was opened, without its files.
pub(super) fn opened(
    opened: &review::Opened,
    me: Option<&Me>,
    (remarks, statements): (&[Remark<'_>], &Statements),
    seen: Vec<(usize, usize)>,
    now: Timestamp,
) -> Opened {
    let (revision, files) = (&opened.revision, opened.files.as_slice());
    Opened {
        // The clone's name is put to it where the screen has given it one.
        name: Home::default().revision(revision.name()),
        subject: subject(opened),
        message: revision.message(),
        files: Vec::new(),
        complete: false,
        notes: notes(opened, remarks, files),
        scanned: opened.scanned.clone(),
        asks: asks(opened, me, now),
        past: spoken::past(opened, me, statements),
        why: policy_change(opened)
            .into_iter()
            .chain(why(&opened.assessment, files))
            .collect(),
        seen,
        kept: None,
        ends: Comparable::default(),
        warnings: warnings(opened, me),
        origin: origin(opened),
    }
}

fn origin(opened: &review::Opened) -> Origin {
    let cover = opened.revision.cover.as_ref();
    let who = |identity: &Identity| format!("{} <{}>", identity.name, identity.email);
    let line = |commit: &Commit| {
        let (author, committer) = (who(&commit.author), who(&commit.committer));
        let markers = opened.span.provenance.markers.iter();
        let markers = markers.filter(|marker| marker.commit == commit.oid);
        CommitLine {
            oid: commit.oid,
            author: match author == committer {
                true => author,
                false => format!("{author}, committed by {committer}"),
            },
            subject: commit.subject().to_owned(),
            markers: markers.map(ToString::to_string).collect(),
        }
    };
    Origin {
        model: cover.and_then(|cover| cover.model.clone()),
        session: cover.and_then(|cover| cover.session.clone()),
        reviewers: cover.map_or_else(Vec::new, |cover| cover.reviewers.clone()),
        commits: opened.revision.commits.iter().map(line).collect(),
    }
}

fn subject(opened: &review::Opened) -> Subject {
    let risk = &opened.assessment;
    Subject {
        head: opened.span.head,
        base: opened.span.base,
        target: opened.revision.target.clone(),
        commit_count: opened.span.commit_count(),
        content: Some(opened.content),
        policy: opened.policy.as_ref().map(|trusted| PolicyRef {
            version: trusted.policy.version,
            sha256: trusted.policy.digest,
            commit: trusted.commit,
        }),
        risk: Some(RiskShown {
            level: risk.level.to_string(),
            likelihood: risk.likelihood.into(),
            impact: risk.impact.into(),
            findings: risk.findings.len() as u64,
            sha256: shown_digest(&risk.findings),
        }),
        session: opened
            .revision
            .cover
            .as_ref()
            .and_then(|cover| cover.session.clone()),
        signing: None,
    }
}

/// What a statement would take from its surroundings.
pub(super) fn signing(around: review::Outlook, me: &Me) -> Signing {
    Signing {
        repository: around.repository,
        policy_root: around.policy_root,
        reviewer: around.reviewer,
        key: me.key.fingerprint.clone(),
        notes: around.notes,
        replaces: around.replaces,
        withdraws: around.withdraws,
        tool: format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
    }
}

fn notes(opened: &review::Opened, remarks: &[Remark<'_>], files: &[FileDiff]) -> Vec<Note> {
    let findings = opened.assessment.findings.iter().map(finding);
    let mut notes: Vec<Note> = findings.collect();
    // What its author took back, of another revision, is no discussion any more.
    let stands = |one: &&Remark<'_>| one.said.standing != SaidStanding::Replaced || one.said.here;
    let remarks = remarks.iter().filter(stands);
    notes.extend(remarks.map(|one| spoken::remark(one, files)));
    notes.extend(super::scanned::notes(&opened.scanned));
    notes
}

fn finding(finding: &Finding) -> Note {
    Note {
        path: Some(finding.path.clone()),
        side: match finding.side {
            Some(FindingSide::Old) => OnSide::Old,
            _ => OnSide::New,
        },
        line: finding.line,
        kind: NoteKind::Finding {
            id: finding.id.clone(),
            rule: finding.rule.clone(),
            severity: finding.severity,
        },
        text: finding.message.clone(),
    }
}

/// The strictest of what the rules that apply ask.
fn asks(opened: &review::Opened, me: Option<&Me>, now: Timestamp) -> Asks {
    let Some(trusted) = &opened.policy else {
        return Asks {
            cannot_sign: Some("no policy on the target".to_owned()),
            ..Asks::default()
        };
    };
    let Some(me) = me else {
        return Asks {
            cannot_sign: Some("no key to sign with".to_owned()),
            ..Asks::default()
        };
    };
    let policy = &trusted.policy;
    let rules = opened
        .outcome
        .as_ref()
        .map_or(&[][..], |outcome| &outcome.rules);
    let (settles, sentence) = match &opened.outcome {
        Some(outcome) => after(opened, outcome, me),
        None => (false, String::new()),
    };
    let mut asks = Asks {
        rules: rules.iter().map(|rule| rule.name.clone()).collect(),
        word: word(opened.assessment.level),
        not_counting: review::counts(opened, policy, me, VerdictKind::Approve, now)
            .err()
            .map(|reason| reason.text),
        people: people(opened, rules, me),
        nobody: opened.route.as_ref().and_then(|route| route.nobody.clone()),
        after: sentence,
        settles,
        ..Asks::default()
    };
    let level = policy.level(opened.assessment.level, &opened.span.paths());
    let applies = |name: &str| rules.iter().any(|rule| rule.name == name);
    for rule in policy.rules.iter().filter(|rule| applies(&rule.name)) {
        let percent = u8::try_from(rule.demands.min_viewed).unwrap_or(100);
        asks.min_viewed = asks.min_viewed.max(percent);
        if !rule.demands.batch_approve.contains(&level) {
            let name = &rule.name;
            let why = format!("rule {name} has {level} risk approved by itself");
            asks.not_together.get_or_insert(why);
        }
        if rule.demands.acknowledge {
            asks.acknowledge = Acknowledge::Asked;
        }
        for item in &rule.demands.checklist {
            asks.checklist[match item {
                Item::Correctness => 0,
                Item::Security => 1,
                Item::Performance => 2,
            }] = true;
        }
    }
    asks
}

/// At high risk the reviewer types the word: friction that a policy need not ask for.
fn word(level: Level) -> Option<String> {
    (level >= Level::High).then(|| level.to_string())
}

/// `1 more senior: you or bob; carol may too`, by the rule that lacks most.
fn people(opened: &review::Opened, rules: &[RuleOutcome], me: &Me) -> String {
    let lacks = |rule: &RuleOutcome| rule.needed.saturating_sub(rule.have.len());
    let unmet = rules.iter().filter(|rule| !rule.satisfied);
    let Some(rule) = unmet.max_by_key(|rule| lacks(rule)) else {
        return "nobody any more: every rule is met".to_owned();
    };
    let own = me.person.as_deref();
    let named = |id: &String| match Some(id.as_str()) == own {
        true => "you".to_owned(),
        false => id.clone(),
    };
    let asked = opened.asked(&rule.name);
    let mut could: Vec<(bool, String)> = rule
        .could
        .iter()
        .map(|id| (asked.contains(id), named(id)))
        .collect();
    could.sort_by_key(|(_, who)| who != "you");
    let of = |wanted: bool| -> Vec<&str> {
        let all = could.iter().filter(|(asked, _)| *asked == wanted);
        all.map(|(_, who)| who.as_str()).collect()
    };
    let from = rule.from.join(" or ");
    let missing = lacks(rule);
    let (asked, others) = (of(true), of(false));
    match (asked.as_slice(), others.as_slice()) {
        ([], []) => format!("{missing} more {from}, and nobody is left who may"),
        (asked, []) => format!("{missing} more {from}: {}", listed(asked)),
        ([], others) => format!("{missing} more {from}: {} may", listed(others)),
        (asked, others) => format!(
            "{missing} more {from}: {}; {} may too",
            listed(asked),
            listed(others)
        ),
    }
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} or {last}", all.join(", ")),
    }
}

/// Whether this person's approval is the last that is missing, and what holds once it is given.
fn after(opened: &review::Opened, outcome: &Outcome, me: &Me) -> (bool, String) {
    let own = me.person.as_deref().unwrap_or_default();
    let with_me = |rule: &RuleOutcome| {
        let mine = rule.could.iter().any(|id| id == own) && !rule.have.iter().any(|id| id == own);
        rule.have.len() + usize::from(mine)
    };
    let target = opened.revision.target.trim_start_matches("refs/heads/");
    let short = outcome
        .rules
        .iter()
        .find(|rule| with_me(rule) < rule.needed);
    let Some(rule) = short else {
        let text = format!("approved. The gate says 0 once this lands on {target}.");
        return (true, text);
    };
    let others = rule.could.iter().filter(|id| *id != own);
    let others: Vec<&str> = others.map(String::as_str).collect();
    let others = match others.as_slice() {
        [] => "nobody else may".to_owned(),
        all => listed(all),
    };
    let (have, needed, name) = (with_me(rule), rule.needed, &rule.name);
    let text = format!("{have} of {needed} for rule {name}; still asked: {others}.");
    (false, text)
}

/// Standing rejections, and what is odd about the proposal.
fn warnings(opened: &review::Opened, me: Option<&Me>) -> Vec<String> {
    let own = me.and_then(|me| me.principal.as_deref());
    let standing = opened
        .said
        .iter()
        .filter(|said| said.kind == VerdictKind::Reject && said.standing == SaidStanding::Stands);
    let mut warnings: Vec<String> = standing
        .filter(|said| said.here || Some(said.reviewer.as_str()) != own)
        .map(|said| {
            let words = said
                .summary
                .as_deref()
                .unwrap_or_default()
                .replace('\n', " ");
            match Some(said.reviewer.as_str()) == own {
                true => format!("you rejected this: \"{words}\"; your approval would lift it"),
                false => format!(
                    "{} rejected @{}: \"{words}\"; only they or an override can lift it",
                    said.reviewer, said.name.number
                ),
            }
        })
        .collect();
    warnings.extend(hazards_in_words(&opened.hazards));
    let loosened = opened
        .policy_change
        .as_ref()
        .map_or(0, |change| change.loosened());
    if loosened > 0 {
        let things = counted(loosened, "place", "places");
        warnings.push(format!("it loosens the policy in {things}: i shows which"));
    }
    warnings.extend(opened.revision.oddities.iter().cloned());
    warnings
}

/// What it does to the policy, before everything else: what asks less first.
fn policy_change(opened: &review::Opened) -> Vec<Why> {
    let Some(change) = &opened.policy_change else {
        return Vec::new();
    };
    let line = |value: &str, text: &str| Why {
        label: "policy".to_owned(),
        value: value.to_owned(),
        sentence: visible::text(text.as_bytes()).into_owned(),
    };
    let notes = change.notes.iter().map(|note| line("▲", note));
    let mistakes = change.mistakes.iter();
    let mistakes = mistakes.map(|mistake| line("▲", &mistake.to_string()));
    let shifts = change.shifts.iter().map(|shift| {
        line(
            shift.leaning.mark(),
            &format!(
                "{}: {} {}",
                shift.leaning.as_str(),
                shift.subject,
                shift.text
            ),
        )
    });
    notes.chain(mistakes).chain(shifts).collect()
}

fn why(assessment: &Assessment, files: &[FileDiff]) -> Vec<Why> {
    let line = |label: &str, value: String, sentence: String| Why {
        label: label.to_owned(),
        value,
        sentence,
    };
    // What every change starts with says nothing about this one.
    let terms = assessment.terms.iter().skip(1);
    let mut terms: Vec<_> = terms.filter(|term| term.points.rounded() != 0).collect();
    terms.sort_by_key(|term| std::cmp::Reverse(term.points));
    let first = terms
        .first()
        .map_or_else(String::new, |term| term.why.clone());
    let gravest = assessment
        .findings
        .iter()
        .max_by_key(|finding| finding.severity);
    let gravest = gravest.map_or_else(
        || "no finding".to_owned(),
        |finding| format!("{}, {}", finding.rule, finding.path),
    );
    let lines: usize = files.iter().map(|file| file.added + file.removed).sum();
    let mut why = vec![
        line("likelihood", assessment.likelihood.to_string(), first),
        line("impact", assessment.impact.to_string(), gravest),
        line(
            "reading",
            lines.to_string(),
            format!("lines in {}", counted(files.len(), "file", "files")),
        ),
    ];
    why.extend(
        terms
            .iter()
            .skip(1)
            .take(2)
            .map(|term| line("", format!("{:+}", term.points.rounded()), term.why.clone())),
    );
    why
}
