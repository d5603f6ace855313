//! `--verified-oid FILE`: the commit to deploy, for scripts that take it from nowhere else. The file is
//! there after a 0 with a verified base and after nothing else.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::super::args::GateArgs;
use super::super::{Context, ExitCode, Failure};
use crate::gate::Report;

/// The file that was asked for, if one was.
pub(super) struct File(Option<PathBuf>);

impl File {
    /// Takes away what an earlier run left: a script that goes on after a refusal must find nothing.
    ///
    /// # Errors
    /// Where no base is verified (2), or what lies there cannot be taken away (3).
    pub(super) fn cleared(context: &Context, args: &GateArgs) -> Result<Self, Failure> {
        let Some(file) = &args.verified_oid else {
            return Ok(Self(None));
        };
        let path = context.dir().join(file);
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(unwritten(&path, &error)),
        }
        let range = args.range.as_deref().unwrap_or("HEAD");
        if !(args.first || args.env.is_some() || range.contains("..")) {
            return Err(
                Failure::usage("--verified-oid: a base out of a branch verifies nothing")
                    .hint("give LAST_DEPLOYED..CANDIDATE, --env NAME or --first"),
            );
        }
        Ok(Self(Some(path)))
    }

    /// Writes the commit that the report lets go.
    ///
    /// # Errors
    /// 3 where it cannot be written, or the report lets nothing go with a 0.
    pub(super) fn write(&self, report: &Report) -> Result<(), Failure> {
        let Some(path) = self.0.as_ref().filter(|_| report.exit == 0) else {
            return Ok(());
        };
        let Some(oid) = report.verified_oid else {
            let text = "E-UNAVAILABLE --verified-oid: the answer names no commit to deploy";
            return Err(Failure::new(ExitCode::Undecided, text)
                .hint("give LAST_DEPLOYED..CANDIDATE, --env NAME or --first"));
        };
        std::fs::write(path, format!("{oid}\n")).map_err(|error| unwritten(path, &error))
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let text = format!("E-UNAVAILABLE --verified-oid {}", path.display());
    let failure = Failure::new(ExitCode::Undecided, text).caused_by(error);
    failure.hint("name a file that can be written")
}
