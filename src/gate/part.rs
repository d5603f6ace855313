//! One deployable: which steps of the range have to do with it. The others are not judged.

use crate::git::GitError;
use crate::policy::Policy;

use super::court::Court;
use super::judge::{NoAnswer, unreadable};
use super::steps::Step;

impl Court<'_> {
    /// Which steps touch what is asked about: all of them, where no deployable is named. A change of
    /// the policy touches everything, and so does a step whose policy does not know the deployable. A
    /// run touches it when one of its steps does, whatever the net of them is.
    pub(super) fn touching(&self, steps: &[Step]) -> Result<Vec<bool>, NoAnswer> {
        let Some(name) = self.question.deployable else {
            return Ok(vec![true; steps.len()]);
        };
        let each = steps.iter().map(|step| self.touches(step, name));
        let each: Result<Vec<bool>, GitError> = each.collect();
        each.map_err(|error| unreadable(&error))
    }

    fn touches(&self, step: &Step, name: &str) -> Result<bool, GitError> {
        let Ok(law) = self.laws.at(step.parent) else {
            return Ok(true);
        };
        let base = &self.in_force[0].policy;
        let known = |policy: &Policy| policy.deployable.contains_key(name);
        if step.changes_policy || !known(base) || !known(&law.policy) {
            return Ok(true);
        }
        let store = self.question.store;
        let (old, new) = (
            store.commit(step.parent)?.tree,
            store.commit(step.oid)?.tree,
        );
        let changes = store.tree_changes(old, new)?;
        // The step's own policy says what the deployable is, and so does the one at the base.
        let laws = [base, &law.policy];
        let mut globs = laws
            .into_iter()
            .filter_map(|policy| policy.deployable.get(name))
            .flat_map(|part| &part.paths);
        Ok(globs.any(|glob| changes.iter().any(|one| glob.matches_path(&one.path))))
    }
}
