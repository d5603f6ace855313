//! Rules that patterns alone cannot express: they compare, count or compute.

mod copies;
mod dependencies;
mod hidden;
mod imports;
mod kubernetes;
mod limits;
mod locks;
mod logic;
mod manifest;
mod message;
mod paths;
mod scope;
mod secrets;
mod settings;
mod tests_changed;
mod units;
mod yaml;

use super::report::Report;
use super::source::Source;
use super::{ChangeText, NewContent};
use crate::diff::FileDiff;

/// The change as the checks see it.
pub(super) struct Change<'a> {
    pub(super) text: &'a ChangeText<'a>,
    pub(super) files: &'a [FileDiff],
    pub(super) sources: &'a [Source<'a>],
    pub(super) content: Option<NewContent<'a>>,
}

/// Runs all checks.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    hidden::run(change, report);
    hidden::homoglyphs(change, report);
    secrets::run(change, report);
    dependencies::run(change, report);
    imports::run(change, report);
    limits::run(change, report);
    locks::run(change, report);
    paths::run(change, report);
    tests_changed::run(change, report);
    logic::run(change, report);
    units::run(change, report);
    kubernetes::run(change, report);
    scope::creep(change, report);
    scope::removed_keys(change, report);
    copies::duplicates(change, report);
    copies::drift(change, report);
    message::run(change, report);
}
