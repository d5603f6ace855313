//! What holds for any text, path, number or byte, whoever chose it.

use countersign::change::RepoPath;
use countersign::signing::SshVerifier;
use countersign::verdict::{Envelope, from_payload, lines, quotable, to_jcs, to_payload};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{sample, second};

/// JSON that has a canonical form.
fn plain_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (0..=(1_u64 << 53) - 1).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        let pairs = prop::collection::vec(("[ -~]{0,6}", inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..8).prop_map(Value::from),
            pairs.prop_map(|pairs| Value::from(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_json_is_what_sorting_and_the_plain_writer_give(value in plain_json()) {
        prop_assert!(second::is_sorted_json(&to_jcs(&value).unwrap()));
    }

    #[test]
    fn any_text_can_be_quoted_signed_and_read_back(text in ".{1,200}", body in any::<String>()) {
        let statement = sample::with(|v| {
            v.summary = Some(quotable(&text).into_owned());
            v.comments[0].body = format!("{}.", quotable(&body));
        });
        let payload = to_payload(&statement).unwrap();
        prop_assert!(second::is_sorted_json(&payload));
        prop_assert_eq!(from_payload(&payload), Ok(statement));
    }

    #[test]
    fn any_path_and_any_numbers_read_back(
        path in prop::collection::vec(1_u8..=255, 1..60),
        line in 1..(1_u64 << 53),
        seconds in 0..(1_u64 << 53),
    ) {
        let statement = sample::with(|v| {
            v.comments[0].path = Some(RepoPath::new(path));
            v.comments[0].line = Some(line);
            v.comments[0].end_line = Some(line);
            v.viewed.as_mut().unwrap().seconds = seconds;
        });
        prop_assert_eq!(from_payload(&to_payload(&statement).unwrap()), Ok(statement));
    }

    #[test]
    fn a_payload_that_reads_is_the_only_spelling_of_what_it_says(
        at in any::<prop::sample::Index>(),
        put in prop::collection::vec(any::<u8>(), 0..3),
        cut in 0..3_usize,
    ) {
        let mut payload = to_payload(&sample::approval()).unwrap();
        let at = at.index(payload.len());
        let end = (at + cut).min(payload.len());
        payload.splice(at..end, put);
        if let Ok(statement) = from_payload(&payload) {
            prop_assert_eq!(to_payload(&statement).unwrap(), payload);
        }
    }

    #[test]
    fn no_bytes_make_the_readers_stumble(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Envelope::verify(&bytes, &SshVerifier).is_err());
        let note = [&bytes, b"\n".as_slice()].concat();
        prop_assert!(lines(&note).unwrap().all(|line| line.candidate.is_err()));
        let signed = Envelope::verify(&sample::line_of(&bytes), &SshVerifier).unwrap();
        prop_assert!(signed.statement().is_none());
    }
}
