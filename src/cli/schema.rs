//! `countersign schema`: the JSON Schema of each document that the program prints or signs.

use super::args::SchemaArgs;
use super::{Context, ExitCode, Failure};
use crate::config::suggest;

/// Every document, by the name that its schema is asked for with.
const SCHEMAS: [(&str, &str); 14] = [
    ("amend", include_str!("schema/amend.json")),
    ("config", include_str!("schema/config.json")),
    ("doctor", include_str!("schema/doctor.json")),
    ("gate", include_str!("schema/gate.json")),
    ("init", include_str!("schema/init.json")),
    ("list", include_str!("schema/list.json")),
    ("log", include_str!("schema/log.json")),
    ("policy-check", include_str!("schema/policy-check.json")),
    ("propose", include_str!("schema/propose.json")),
    ("scan", include_str!("schema/scan.json")),
    ("show", include_str!("schema/show.json")),
    ("stats", include_str!("schema/stats.json")),
    ("verdict", include_str!("schema/verdict.json")),
    ("wait", include_str!("schema/wait.json")),
];

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &SchemaArgs) -> Result<ExitCode, Failure> {
    let names = SCHEMAS.map(|(name, _)| name);
    let Some(wanted) = &args.name else {
        for name in names {
            context.output.line(name)?;
        }
        return Ok(ExitCode::Done);
    };
    let found = SCHEMAS.iter().find(|(name, _)| name == wanted);
    let Some((_, text)) = found else {
        let hint = suggest::hint(wanted, &names);
        return Err(
            Failure::usage(format!("there is no schema {wanted:?}{hint}"))
                .hint("countersign schema lists them"),
        );
    };
    context.output.data(text.as_bytes())?;
    Ok(ExitCode::Done)
}
