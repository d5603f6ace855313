//! Pins: notes commits that an earlier run of the gate, or whoever runs it, has seen. A history
//! without them was rewound or replaced, and no answer is built on it.

use serde::Serialize;

use crate::change::Oid;
use crate::policy::{Pins, Policy, Reason, ReasonId};

use super::Log;

/// What the gate remembers of the notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Memory {
    /// It was told to remember nothing (`--no-pins`).
    Off,
    /// The repository is where the notes live, and nothing is taken there that rewinds them (the
    /// hook).
    Store,
    /// Notes commits that must be in the presented history; none where there was no earlier run and
    /// none was given.
    Pins(Vec<Oid>),
}

/// What the next run has to find again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NextPin {
    /// The name of the notes ref on the remote.
    #[serde(rename = "ref")]
    pub name: String,
    /// Its tip, as it was read.
    pub oid: Oid,
}

/// Holds the presented notes to what is remembered of them. `laws`: the policies of the range; one
/// that asks for pins is enough.
///
/// # Errors
/// Each pin that is not in the history, or that there is none where one is required.
pub(in crate::gate) fn check<'p>(
    memory: &Memory,
    log: &Log<'_>,
    laws: impl Iterator<Item = &'p Policy>,
) -> Result<Option<Reason>, Vec<Reason>> {
    let required = laws.into_iter().any(|law| law.log.pins == Pins::Required);
    match memory {
        Memory::Store => Ok(None),
        Memory::Off => Ok(required.then(|| {
            let text = "the policy asks for pins and --no-pins switches them off: a rewound log is not noticed";
            Reason::new(ReasonId::NoPins, text)
        })),
        Memory::Pins(pins) if pins.is_empty() && required => {
            let text = "log.pins is \"required\", and no earlier run left a pin here; give --pin refs/notes/countersign=OID, or --no-pins to go without";
            Err(vec![Reason::new(ReasonId::PinMissing, text)])
        }
        Memory::Pins(pins) => {
            let lacking = pins.iter().filter_map(|pin| log.lacks(*pin, "an earlier run"));
            let lacking: Vec<Reason> = lacking.collect();
            if lacking.is_empty() {
                Ok(None)
            } else {
                Err(lacking)
            }
        }
    }
}
