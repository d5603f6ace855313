//! Rules that patterns alone cannot express: they compare, count or compute.

mod cluster;
mod copies;
mod defaults;
mod dependencies;
mod guards;
mod hidden;
mod imports;
mod inherit;
mod limits;
mod locks;
mod logic;
mod loops;
mod manifest;
mod message;
mod paths;
mod provided;
mod proxies;
mod releases;
mod renames;
mod scope;
mod secrets;
mod settings;
mod symbols;
mod syntax;
mod tests_changed;
mod units;
mod view;
mod vouched;
mod weights;
mod yaml;

use super::report::Report;
use super::source::Source;
use super::{ChangeText, Trees};
use crate::change::RepoPath;
use crate::diff::FileDiff;
use view::View;

/// The change as the checks see it.
pub(super) struct Change<'a> {
    pub(super) text: &'a ChangeText<'a>,
    pub(super) files: &'a [FileDiff],
    pub(super) sources: &'a [Source<'a>],
    /// The tree before the change, where it can be looked at.
    base: Option<View<'a>>,
    /// The tree after it.
    result: Option<View<'a>>,
}

impl<'a> Change<'a> {
    pub(super) fn new(
        text: &'a ChangeText<'a>,
        files: &'a [FileDiff],
        sources: &'a [Source<'a>],
        trees: Option<Trees<'a>>,
    ) -> Self {
        Self {
            text,
            files,
            sources,
            base: trees.map(|trees| View::new(trees.base)),
            result: trees.map(|trees| View::new(trees.result)),
        }
    }

    /// How much of the trees was asked for and could not be seen.
    pub(super) fn missed(&self) -> usize {
        let views = [&self.base, &self.result].into_iter().flatten();
        views.map(View::missed).sum()
    }

    /// A file of the result, changed or not.
    fn new_content(&self, path: &RepoPath) -> Option<Vec<u8>> {
        self.result.as_ref()?.read(path)
    }
}

/// Runs all checks.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    hidden::run(change, report);
    hidden::homoglyphs(change, report);
    secrets::run(change, report);
    dependencies::run(change, report);
    imports::run(change, report);
    symbols::run(change, report);
    limits::run(change, report);
    defaults::run(change, report);
    locks::run(change, report);
    guards::run(change, report);
    releases::run(change, report);
    paths::run(change, report);
    inherit::run(change, report);
    tests_changed::run(change, report);
    logic::run(change, report);
    loops::run(change, report);
    units::run(change, report);
    weights::run(change, report);
    cluster::run(change, report);
    proxies::run(change, report);
    syntax::run(change, report);
    scope::creep(change, report);
    scope::removed_keys(change, report);
    copies::duplicates(change, report);
    copies::drift(change, report);
    message::run(change, report);
}
