//! Every small change to a valid line, inside a note between two untouched lines: the changed line
//! never counts, and its neighbours always do.

use std::collections::{BTreeSet, HashMap};

use countersign::change::Sha256;
use countersign::signing::SshVerifier;
use countersign::verdict::{Envelope, Sealed, lines};

use super::{sample, second};

/// The bytes that are put in at every place.
const FOREIGN: [u8; 5] = [b'\n', b' ', b'A', 0x00, 0xff];

fn seal(summary: &str) -> Sealed {
    let mut statement = sample::rejection();
    let countersign::verdict::Predicate::Verdict(verdict) = &mut statement.predicate else {
        unreachable!("the sample is a verdict");
    };
    verdict.summary = Some(summary.to_owned());
    Envelope::seal(&statement, &sample::signer(), &SshVerifier).unwrap()
}

/// Every flipped bit, and every byte deleted, doubled or joined by a foreign one.
fn mutants(line: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flips = (0..line.len() * 8).map(|bit| {
        let mut mutant = line.to_vec();
        mutant[bit / 8] ^= 1 << (bit % 8);
        mutant
    });
    let deletions = (0..line.len()).map(|at| {
        let mut mutant = line.to_vec();
        mutant.remove(at);
        mutant
    });
    let doubles = (0..line.len()).map(|at| {
        let mut mutant = line.to_vec();
        mutant.insert(at, line[at]);
        mutant
    });
    let insertions = (0..line.len()).flat_map(|at| {
        FOREIGN.map(|byte| {
            let mut mutant = line.to_vec();
            mutant.insert(at, byte);
            mutant
        })
    });
    flips.chain(deletions).chain(doubles).chain(insertions)
}

/// Verifies notes; a line that was seen before is not verified again.
#[derive(Default)]
struct Reader(HashMap<Vec<u8>, Option<Sha256>>);

impl Reader {
    fn counted(&mut self, note: &[u8]) -> BTreeSet<Sha256> {
        lines(note)
            .unwrap()
            .filter(|line| line.candidate.is_ok())
            .filter_map(|line| {
                let judge = || {
                    let verified = Envelope::verify(line.bytes, &SshVerifier);
                    verified.ok().map(|verified| verified.payload_sha256())
                };
                *self.0.entry(line.bytes.to_vec()).or_insert_with(judge)
            })
            .collect()
    }
}

/// Puts every `step`th mutant between the neighbours; how many left the line itself as it was.
fn try_mutants(step: (usize, usize), [before, line, after]: &[Sealed; 3]) -> usize {
    let neighbours = BTreeSet::from([before.payload_sha256, after.payload_sha256]);
    let mut all = neighbours.clone();
    all.insert(line.payload_sha256);
    let mut reader = Reader::default();
    let around = |middle: &[u8]| [&before.line, middle, &after.line].concat();
    let honest = reader.counted(&around(&line.line));
    assert_eq!(honest, all, "the untouched line counts");
    let mut intact = 0;
    for mutant in mutants(&line.line).skip(step.0).step_by(step.1) {
        let note = around(&mutant);
        // A line feed put before or behind the line leaves the line itself as it was.
        let mut parts = note.split_inclusive(|b| *b == b'\n');
        let untouched = parts.any(|part| part == line.line);
        let expected = if untouched { &all } else { &neighbours };
        intact += usize::from(untouched);
        let shown = String::from_utf8_lossy(&mutant);
        assert_eq!(&reader.counted(&note), expected, "{shown}");
    }
    intact
}

#[test]
fn no_changed_line_counts_and_no_neighbour_is_hurt() {
    let sealed = ["before", "The health check is gone.", "after"].map(seal);
    let intact: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|worker| {
                scope.spawn({
                    let sealed = &sealed;
                    move || try_mutants((worker, 4), sealed)
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .sum()
    });
    assert_eq!(intact, 3, "line feeds added at the start and at the end");
}

#[test]
fn the_second_verifier_agrees_on_every_mutant() {
    let sealed = seal("The health check is gone.");
    assert_eq!(
        second::check(&sealed.line),
        Ok(sealed.payload_sha256.to_string())
    );
    for mutant in mutants(&sealed.line) {
        let ours = Envelope::verify(&mutant, &SshVerifier);
        let theirs = second::check(&mutant);
        let context = String::from_utf8_lossy(&mutant);
        assert!(
            ours.is_err() && theirs.is_err(),
            "{ours:?} {theirs:?} {context}"
        );
    }
}

#[test]
fn parts_of_two_valid_lines_make_no_third() {
    let one = seal("one");
    let two = seal("two");
    let text = |sealed: &Sealed| String::from_utf8(sealed.line.clone()).unwrap();
    let (one, two) = (text(&one), text(&two));
    for cut in ["\",\"payloadType", "\",\"signatures", "\",\"sig\""] {
        let (head, _) = one.split_once(cut).unwrap();
        let (_, tail) = two.split_once(cut).unwrap();
        let line = format!("{head}{cut}{tail}");
        assert!(
            Envelope::verify(line.as_bytes(), &SshVerifier).is_err(),
            "{line}"
        );
    }
}
