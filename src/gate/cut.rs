//! How a range is cut: the runs worth judging, and the best partition of the steps into them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use crate::change::{Oid, Sha256};
use crate::evidence::{Trusted, Untrusted};
use crate::policy::{Cast, Cover, Mode, Reason, ReasonId, Relation};
use crate::verdict::VerdictKind;

use super::carried;
use super::court::{Court, Judged};
use super::doubts::knows;
use super::ground::Ground;
use super::judge::{NoAnswer, invalid_policy, no_policy, unreadable};
use super::partition::{self, Window};
use super::report::Report;
use super::run::Run;
use super::steps::Step;

/// Where a run starts and ends, and the rejection that strikes it.
pub(super) type Struck = ((usize, usize), Sha256);

/// Steps of a run that a rejection which does not say how many commits it is about is tried on.
pub(super) const UNCOUNTED: usize = 32;

impl Court<'_> {
    /// The best partition of the steps into runs, judged.
    pub(super) fn runs(
        &self,
        steps: &[Step],
        report: &mut Report,
    ) -> Result<Vec<Judged>, NoAnswer> {
        self.mark(steps)?;
        let (mut judged, struck) = self.all_runs(steps)?;
        judged.sort_by_key(|run| (run.start, run.end));
        let windows: Vec<Window> = judged
            .iter()
            .map(|run| Window {
                start: run.start,
                end: run.end,
                decision: run.decision(),
            })
            .collect();
        let Some(chosen) = partition::best(steps.len(), &windows) else {
            return Err(vec![Reason::new(
                ReasonId::TooLarge,
                "the range could not be cut into runs",
            )]);
        };
        let chosen: BTreeSet<usize> = chosen.into_iter().collect();
        // A rejected content denies the steps it stands on, however the rest is cut; a larger run
        // that was chosen has its own word on what it passes through.
        for (index, run) in judged.iter().enumerate() {
            let within = chosen.iter().any(|other| judged[*other].holds(run));
            if !chosen.contains(&index) && !within {
                report.reasons.extend(run.rejections(&struck));
            }
        }
        let mut index = 0;
        judged.retain(|_| {
            index += 1;
            chosen.contains(&(index - 1))
        });
        Ok(judged)
    }

    /// Every run worth judging, judged, and which rejections are about which of them.
    fn all_runs(&self, steps: &[Step]) -> Result<(Vec<Judged>, Vec<Struck>), NoAnswer> {
        let mut judged = Vec::new();
        let mut read: Vec<(Run, Rc<Trusted>)> = Vec::new();
        let touching = self.touching(steps)?;
        for (start, end) in self.windows(steps) {
            if !touching[start..end].contains(&true) {
                if end - start == 1 {
                    judged.push(Judged::elsewhere(steps, start, end));
                }
                continue;
            }
            let law = match self.laws.at(steps[start].parent) {
                Ok(law) => law,
                // Inside the range an invalid policy denies: the step that made it so is judged too.
                Err(error @ (Untrusted::Invalid { .. } | Untrusted::Absent { .. }))
                    if start > 0 =>
                {
                    judged.push(Judged::denied(steps, start, end, invalid_policy(&error)));
                    continue;
                }
                Err(error) => return Err(no_policy(&error)),
            };
            let ground = self.ground(&law);
            let run = Run::read(&ground, steps, start, end);
            let run = run.map_err(|error| unreadable(&error))?;
            if run.len() == 1 || self.concerns(&ground, &run)? {
                read.push((run, law));
            }
        }
        let rejected = self.rejected(&read)?;
        for (run, law) in &read {
            let parts = rejected.iter().filter(|(part, _)| run.holds(*part));
            let inside: HashSet<Sha256> = parts.map(|(_, digest)| *digest).collect();
            judged.push(self.run(steps, run, law, &inside)?);
        }
        Ok((judged, rejected))
    }

    /// Whether some known verdict is about this very run.
    fn concerns(&self, ground: &Ground<'_>, run: &Run) -> Result<bool, NoAnswer> {
        for cast in self.decisive() {
            let landing = run.landing(ground, cast).map_err(|e| unreadable(&e))?;
            let about = match cast.kind {
                VerdictKind::Approve => {
                    matches!(run.cover(&self.evidence, cast, &landing), Cover::Carried(_))
                }
                _ => run.fits(&self.evidence, cast) && is_it(run.relation(cast, &landing)),
            };
            if about {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The approvals and rejections by keys that some policy of the range knows.
    fn decisive(&self) -> impl Iterator<Item = &Cast> {
        self.evidence.casts.iter().filter(|cast| {
            matches!(cast.kind, VerdictKind::Approve | VerdictKind::Reject)
                && knows(&self.in_force, &cast.key)
        })
    }

    /// Which runs are, by head or content, exactly what somebody rejected: a longer run that only
    /// ends with it is another one, whose paths may be other people's.
    fn rejected(&self, runs: &[(Run, Rc<Trusted>)]) -> Result<Vec<Struck>, NoAnswer> {
        let mut rejected = Vec::new();
        for (run, law) in runs {
            let ground = self.ground(law);
            for cast in self
                .decisive()
                .filter(|one| one.kind == VerdictKind::Reject)
            {
                let landing = run.landing(&ground, cast).map_err(|e| unreadable(&e))?;
                if run.fits(&self.evidence, cast) && is_it(run.relation(cast, &landing)) {
                    rejected.push(((run.start, run.end), cast.digest));
                }
            }
        }
        Ok(rejected)
    }

    /// Finds the steps that carry a revision of the queue which says that it is AI's.
    fn mark(&self, steps: &[Step]) -> Result<(), NoAnswer> {
        let mut marked = HashSet::new();
        if self.has_mode(Mode::Flagged) {
            for law in &self.in_force {
                let ground = self.ground(law);
                let more =
                    carried::marked(&ground, &law.policy, steps, self.question.range.candidate);
                marked.extend(more.map_err(|error| unreadable(&error))?);
            }
        }
        // Set once: nothing but this fills it in.
        let _ = self.marked.set(marked);
        Ok(())
    }

    /// The windows worth judging: every step alone, and every longer run that some verdict by a
    /// known key could be about: exactly as many steps as it had commits, or exactly from its base to
    /// its head. A step that changes the policy is always alone.
    fn windows(&self, steps: &[Step]) -> BTreeSet<(usize, usize)> {
        let mut windows: BTreeSet<(usize, usize)> =
            (0..steps.len()).map(|at| (at, at + 1)).collect();
        let of = |oid: fn(&Step) -> Oid| -> HashMap<Oid, usize> {
            let steps = steps.iter().enumerate();
            steps.map(|(at, step)| (oid(step), at)).collect()
        };
        let (starts, ends) = (of(|step| step.parent), of(|step| step.oid));
        let mut lengths = BTreeSet::new();
        for cast in self.decisive() {
            match self.evidence.counts.get(&cast.digest) {
                Some(count) => lengths.extend([*count]),
                None => lengths.extend(2..=UNCOUNTED),
            }
            let start = cast.base.and_then(|base| starts.get(&base.commit));
            let end = ends.get(&cast.head.commit);
            if let (Some(start), Some(end)) = (start, end)
                && start <= end
            {
                windows.insert((*start, end + 1));
            }
        }
        for length in lengths
            .into_iter()
            .filter(|length| (2..=steps.len()).contains(length))
        {
            windows.extend((0..=steps.len() - length).map(|start| (start, start + length)));
        }
        windows.retain(|(start, end)| {
            end - start == 1 || steps[*start..*end].iter().all(|step| !step.changes_policy)
        });
        windows
    }
}

/// Whether a run is what a verdict is about, and does not only pass through it.
const fn is_it(relation: Relation) -> bool {
    matches!(relation, Relation::Head | Relation::Content)
}
