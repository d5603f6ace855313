//! What a proposal to change the policy means, who has to approve it, what falls by it and what comes
//! next, for people.

use jiff::Timestamp;

use super::super::context::git_failure;
use super::super::{ExitCode, Failure};
use super::amend::Wish;
use super::told::labelled;
use crate::change::{Oid, QueueRef};
use crate::diff::visible;
use crate::gate::Leaned;
use crate::policy::{Decision, Shift, Shortage, advised};
use crate::queue::State;
use crate::review::{Amending, Approvers, Fallen, Opened, Proposed, Standing};
use crate::verdict::VerdictKind;

/// The proposal, once it is made.
pub(super) struct Made {
    pub(super) head: Oid,
    pub(super) proposed: Proposed,
    pub(super) signed: Option<String>,
    opened: Option<Opened>,
    /// Why the remote does not have it.
    pub(super) failure: Option<Failure>,
}

impl Made {
    pub(super) fn new(
        head: Oid,
        mut proposed: Proposed,
        signed: Option<String>,
        opened: Option<Opened>,
    ) -> Self {
        let failure = proposed.failure.take().map(|error| {
            Failure {
                code: ExitCode::Unavailable,
                ..git_failure(&error)
            }
            .hint("the revision is kept here; countersign sync pushes it later")
        });
        Self {
            head,
            proposed,
            signed,
            opened,
            failure,
        }
    }

    pub(super) const fn state(&self) -> &'static str {
        if self.proposed.queued {
            "queued"
        } else {
            "local"
        }
    }
}

/// Everything there is to say.
pub(super) struct Told<'a> {
    pub(super) amending: &'a Amending,
    pub(super) approvers: &'a Approvers,
    pub(super) wish: &'a Wish,
    /// What the new policy asks and could not be met.
    pub(super) shortages: Vec<Shortage>,
    pub(super) standing: Standing,
    pub(super) landed: Vec<Leaned>,
    /// Other changes of this policy that wait.
    pub(super) rivals: Vec<QueueRef>,
    /// Whether the key of this clone is among those that fall.
    pub(super) own: bool,
    /// What changes line by line, for a dry run.
    pub(super) diff: Option<String>,
    pub(super) made: Option<Made>,
    pub(super) remote: Option<String>,
}

/// A rule with who may meet it.
pub(super) struct Asks {
    pub(super) rule: String,
    pub(super) needed: u64,
    pub(super) from: Vec<String>,
    pub(super) could: Vec<String>,
}

impl Told<'_> {
    /// For people.
    pub(super) fn lines(&self) -> Vec<String> {
        let policy = &self.amending.policy;
        let old = &policy.policy;
        let mut lines = vec![
            self.amending.amended.title.clone(),
            format!(
                "{} · policy v{} at {} becomes v{}",
                self.branch(),
                old.version,
                policy.commit.short(12),
                self.amending.amended.policy.version
            ),
            String::new(),
        ];
        lines.extend(labelled(
            "means",
            self.amending.shifts.iter().map(shift).collect(),
        ));
        let remarks = self.amending.amended.remarks.iter();
        lines.extend(labelled("note", remarks.cloned().collect()));
        lines.extend(self.falls());
        if let Some(diff) = &self.diff {
            lines.push(String::new());
            lines.extend(diff.lines().map(str::to_owned));
            lines.push(String::new());
        }
        lines.extend(labelled("queue", vec![self.queued()]));
        lines.extend(labelled(
            "asks",
            self.asks().iter().map(Asks::line).collect(),
        ));
        let compare = self.wish.compare.iter();
        let compare = compare.map(|(key, who)| {
            format!("{key} with {who}, by voice: nothing else says whose key it is")
        });
        lines.extend(labelled("compare", compare.collect()));
        lines.extend(labelled("until", vec![self.until()]));
        lines.extend(labelled("next", self.next()));
        // The lines of the diff are fit for a terminal already.
        let fit = |line: String| visible::text(line.as_bytes()).into_owned();
        lines.into_iter().map(fit).collect()
    }

    fn branch(&self) -> &str {
        self.amending.target.trim_start_matches("refs/heads/")
    }

    /// What stands on the keys that fall.
    fn falls(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let (Some(until), false) = (self.wish.until, self.wish.falls.is_empty()) {
            let number = self.standing.waiting.len();
            let word = if number == 1 { "verdict" } else { "verdicts" };
            let mut texts = vec![format!(
                "{number} {word} by the old key in the queue; an approval by it counts while {until} has not come, for what is deployed until then"
            )];
            texts.extend(
                self.standing
                    .waiting
                    .iter()
                    .map(|one| waiting(one, Some(until))),
            );
            lines.extend(labelled("flight", texts));
            return lines;
        }
        let texts = self.standing.waiting.iter().map(|one| waiting(one, None));
        lines.extend(labelled("falls", texts.collect()));
        let texts = self.landed.iter().map(|one| landed(one, self));
        lines.extend(labelled("landed", texts.collect()));
        if lines.is_empty() && !self.wish.falls.is_empty() {
            let text = format!(
                "nothing: no verdict that waits and nothing on {} stands on it",
                self.branch()
            );
            lines.extend(labelled("falls", vec![text]));
        }
        lines
    }

    fn queued(&self) -> String {
        let Some(made) = &self.made else {
            return "nothing was proposed: a dry run".to_owned();
        };
        let Proposed {
            name,
            ref_name,
            created,
            ..
        } = &made.proposed;
        let state = match (created, made.state()) {
            (false, _) => "already there",
            (true, "local") => "waits here for the next sync",
            (true, state) => state,
        };
        let signed = match &made.signed {
            Some(key) => format!("signed by {key}"),
            None => "not signed".to_owned(),
        };
        format!("{name} {state} · {ref_name} · {signed}")
    }

    /// What is asked of whom; with the keys that it revokes counting no longer.
    pub(super) fn asks(&self) -> Vec<Asks> {
        let change = Asks {
            rule: "policy_change".to_owned(),
            needed: self.approvers.needed,
            from: self.approvers.from.clone(),
            could: self.approvers.could.clone(),
        };
        let policy = &self.amending.policy.policy;
        let opened = self.made.as_ref().and_then(|made| made.opened.as_ref());
        let outcome = opened.and_then(|opened| opened.outcome.as_ref());
        let rules = outcome.iter().flat_map(|outcome| &outcome.rules);
        let others = rules
            .filter(|rule| rule.name != "policy_change")
            .map(|rule| {
                let at = crate::policy::Circumstances {
                    revoked: &self.amending.amended.policy.revoked,
                    ..advised(policy, Timestamp::UNIX_EPOCH)
                };
                let gone = |id: &String| {
                    let keys = policy.signers.iter();
                    let mut keys = keys.filter(|key| key.principal == policy.principal_of(id));
                    keys.all(|key| at.revoked.contains(&key.fingerprint))
                };
                Asks {
                    rule: rule.name.clone(),
                    needed: rule.needed as u64,
                    from: rule.from.clone(),
                    could: rule.could.iter().filter(|id| !gone(id)).cloned().collect(),
                }
            });
        std::iter::once(change).chain(others).collect()
    }

    fn until(&self) -> String {
        let old = self.amending.policy.policy.version;
        let branch = self.branch();
        match self.wish.verb {
            "revoke" => format!(
                "it is on {branch} the policy v{old} holds and the key counts: countersign reject ID -m WHY stops at once what it approves"
            ),
            _ => format!("it is on {branch} the policy v{old} holds, for everybody"),
        }
    }

    pub(super) fn next(&self) -> Vec<String> {
        let Some(made) = &self.made else {
            return vec!["the same without --dry-run".to_owned()];
        };
        let name = &made.proposed.name;
        let (who, needed) = (self.approvers.could.join(", "), self.approvers.needed);
        let target = &self.amending.target;
        let remote = self.remote.as_deref().unwrap_or(".");
        vec![
            format!("{needed} of {who}: countersign approve {name} -m WHY"),
            format!(
                "then, or where you merge: git push {remote} {}:{target}",
                made.head
            ),
        ]
    }

    /// What somebody has to know before they go on; on stderr.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut all = Vec::new();
        if self.own {
            all.push(match self.wish.until {
                Some(until) => format!(
                    "the key that this clone signs with ends on {until}: from then on, git config user.signingKey NEW"
                ),
                None => "the key that this clone signs with is among them: what it signs counts no longer once this has landed".to_owned(),
            });
        }
        if !self.approvers.suffice() {
            all.push(format!("as this stands {}", too_few(self.approvers)));
        }
        all.extend(self.short());
        if !self.rivals.is_empty() {
            let names: Vec<String> = self.rivals.iter().map(ToString::to_string).collect();
            all.push(format!(
                "{} changes the policy too: whichever lands second has to be made again, and approved again",
                names.join(", ")
            ));
        }
        all
    }

    /// What could not be met, those of a kind in one sentence.
    fn short(&self) -> Vec<String> {
        let mut kinds: Vec<(&Shortage, Vec<&str>)> = Vec::new();
        for short in &self.shortages {
            let alike = |other: &Shortage| {
                (other.needed, &other.from, &other.left) == (short.needed, &short.from, &short.left)
            };
            match kinds.iter_mut().find(|(other, _)| alike(other)) {
                Some((_, names)) => names.push(&short.rule),
                None => kinds.push((short, vec![&short.rule])),
            }
        }
        let said = kinds.into_iter().map(|(short, names)| {
            let left = match short.left.as_slice() {
                [] => "nobody is".to_owned(),
                [one] => format!("{one} is"),
                left => format!("{} are", left.join(", ")),
            };
            let what = match (short.is_total(), names.contains(&"policy_change")) {
                (true, true) => "the policy could not be changed by its own rules any more",
                (true, false) => "nothing could pass",
                (false, _) => "what one of them makes could not pass",
            };
            format!(
                "after this {left} left with a key for {}, which asks {} of {}: {what}; add a key, or give the role to others",
                names.join(", "),
                short.needed,
                short.from.join(", ")
            )
        });
        said.collect()
    }
}

impl Asks {
    fn line(&self) -> String {
        let could = match self.could.as_slice() {
            [] => "nobody can".to_owned(),
            could => could.join(", "),
        };
        format!(
            "{} of {} ({}): {could}",
            self.needed,
            self.from.join(", "),
            self.rule
        )
    }
}

/// Why there are too few, in words.
pub(super) fn too_few(approvers: &Approvers) -> String {
    let Approvers {
        needed,
        from,
        could,
        proposing,
        cannot,
    } = approvers;
    let could = match could.as_slice() {
        [] => "nobody".to_owned(),
        could => format!("only {}", could.join(", ")),
    };
    let mut why: Vec<String> = proposing
        .iter()
        .map(|id| format!("{id} proposes it"))
        .collect();
    why.extend(
        cannot
            .iter()
            .map(|(id, reason)| format!("{id}: {}", reason.text)),
    );
    let why = match why.as_slice() {
        [] => String::new(),
        why => format!(" ({})", why.join("; ")),
    };
    format!(
        "it asks {needed} of {} and {could} may approve it{why}",
        from.join(", ")
    )
}

fn shift(shift: &Shift) -> String {
    let mark = shift.leaning.mark();
    let (word, subject, text) = (shift.leaning.as_str(), &shift.subject, &shift.text);
    format!("{mark} {word}: {subject} {text}")
}

/// A verdict in the queue and what has to follow.
fn waiting(one: &Fallen, until: Option<Timestamp>) -> String {
    let Fallen {
        name,
        reviewer,
        given_for,
        title,
        ..
    } = one;
    let what = match (one.kind, until) {
        (VerdictKind::Reject, _) => "stands until somebody lifts it",
        (_, Some(_)) => "counts until then",
        (_, None) if one.state == State::Approved => "is approved, and will need another approval",
        (_, None) => "will need one approval more",
    };
    let what = match (one.kind, until) {
        (VerdictKind::Reject, None) => "is rejected by it; whoever agrees rejects it again",
        _ => what,
    };
    let word = one.kind.word();
    format!("{name} {what} ({word} by {reviewer} for @{given_for})  {title}")
}

/// What landed, and what it comes to without the keys.
fn landed(one: &Leaned, told: &Told<'_>) -> String {
    let report = &one.run.report;
    let mut who: Vec<&str> = one
        .lost(&told.wish.falls)
        .map(|approval| approval.reviewer.as_str())
        .collect();
    who.dedup();
    let without = match one.without {
        Decision::Allow => "enough others approved it",
        Decision::Pending => "needs another approval, and a look at what it did",
        Decision::Deny | Decision::Error => "cannot be mended by approvals: look at it",
    };
    format!(
        "{} {} approved by {}: {without}  {}",
        report.last.short(12),
        one.run.landed_at,
        who.join(", "),
        one.run.subject
    )
}
