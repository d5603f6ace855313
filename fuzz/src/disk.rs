//! Files on this machine: those that the program wrote itself, and that a crash or somebody else may
//! have torn, and a person's settings.

use std::path::Path;

use countersign::evidence::{stats_from_bytes, stats_to_bytes};
use countersign::journal::Journal;

use super::input::Input;

/// A file of the journal or of the cache, or one that a person wrote.
pub fn files(data: &[u8]) {
    match data.split_first() {
        Some((b'c', bytes)) => cache(bytes),
        Some((b's', bytes)) => super::words::settings(bytes),
        _ => journal(data),
    }
}

/// Bytes in place of every file of the journal. A damaged file is an error or nothing, never
/// something else; what is read is kept and read again the same.
fn journal(data: &[u8]) {
    let mut input = Input(data);
    let kind = input.byte() % 6;
    let bytes = input.0;
    let dir = tempfile::tempdir_in(super::input::memory()).expect("a folder");
    let journal = Journal::of(dir.path());
    let own = journal.dir().to_owned();
    let id: countersign::change::ChangeId = "fix-lb".parse().expect("an id");
    let put = |name: &str| {
        let path = own.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        std::fs::write(path, bytes).expect("written");
    };
    match kind {
        0 => {
            put("pins.json");
            if let Ok(pins) = journal.pins().load() {
                let before = pins.clone();
                journal
                    .pins()
                    .update(|pins| pins.policy_root = None)
                    .expect("kept");
                let after = journal.pins().load().expect("read again");
                assert_eq!((after.targets, after.notes), (before.targets, before.notes));
            }
        }
        1 => {
            put("snoozed");
            let read = journal.snoozes().load().expect("lines are read or left");
            journal.snoozes().store(&read).expect("kept");
            assert_eq!(journal.snoozes().load().expect("read"), read);
        }
        2 => {
            put("seen/fix-lb");
            let read = journal.seen().load(&id).expect("lines are read or left");
            journal.seen().store(&id, &read).expect("kept");
            assert_eq!(journal.seen().load(&id).expect("read"), read);
        }
        3 => {
            put("visits/fix-lb");
            let read = journal.visits().load(&id).expect("lines are read or left");
            assert!(read.len() <= bytes.len());
        }
        4 => {
            put("made/refs%2Fheads%2Fx");
            if let Ok(made) = journal.made_refs().waiting() {
                assert_eq!(made.len(), 1);
            }
        }
        _ => {
            let name = "5".repeat(64);
            put(&format!("outbox/{name}"));
            let waiting = journal.outbox().waiting().expect("a line waits");
            assert_eq!(waiting[0].line, bytes, "not one byte is lost");
        }
    }
}

/// A cached history, whose mark and checksum are put around the bytes. What is read is written and
/// read again the same.
fn cache(bytes: &[u8]) {
    let mut whole = [countersign::evidence::HISTORY_FORMAT, bytes].concat();
    let sum = whole.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    whole.extend_from_slice(&sum.to_le_bytes());
    let bytes = whole.as_slice();
    if let Some(stats) = stats_from_bytes(bytes) {
        let again = stats_to_bytes(&stats);
        assert_eq!(stats_from_bytes(&again), Some(stats));
    }
}
