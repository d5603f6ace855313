//! The envelope around a statement, and the lines of a note.

use countersign::signing::{SeedSigner, SshVerifier};
use countersign::verdict::{
    BadSignature, Envelope, MAX_LINE, MAX_LINES, MAX_NOTE, NAMESPACE, Refused, Signer as _,
    TooMuch, Unread, lines, pae, to_payload,
};

use super::sample;

fn refused(line: &[u8]) -> Refused {
    Envelope::verify(line, &SshVerifier).unwrap_err()
}

fn text() -> String {
    let sealed = Envelope::seal(&sample::rejection(), &sample::signer(), &SshVerifier).unwrap();
    String::from_utf8(sealed.line).unwrap()
}

#[test]
fn the_signed_bytes_are_dsse_v1() {
    assert_eq!(pae(b"hi"), b"DSSEv1 28 application/vnd.in-toto+json 2 hi");
    assert_eq!(pae(b""), b"DSSEv1 28 application/vnd.in-toto+json 0 ");
}

#[test]
fn a_line_has_one_spelling() {
    let line = text();
    let object = line.trim_end();
    for odd in [
        object.to_owned(),
        format!("{line}\n"),
        format!("{object}\r\n"),
        format!(" {line}"),
        format!("{object} \n"),
        format!("\u{feff}{line}"),
        line.replace("\":", "\": "),
        line.replace("\"payload\"", "\"Payload\""),
        line.replace("\"payload\"", "\"p\\u0061yload\""),
        line.replace("in-toto+json", "json"),
        line.replace("\"}]}", "\",\"extra\":1}]}"),
        line.replace("\"}]}", "\"}],\"extra\":1}"),
        line.replace("\"keyid\"", "\"keyid\":\"x\",\"keyid\""),
    ] {
        assert!(
            matches!(refused(odd.as_bytes()), Refused::NotCanonical(_)),
            "{odd}"
        );
    }
    let (payload, rest) = object.split_once(",\"payloadType\"").unwrap();
    let (kind, signatures) = rest.split_once(",\"signatures\"").unwrap();
    let payload = payload.trim_start_matches('{');
    let signatures = signatures.trim_end_matches('}');
    let swapped = format!("{{\"payloadType\"{kind},{payload},\"signatures\"{signatures}}}]}}\n");
    assert!(
        matches!(refused(swapped.as_bytes()), Refused::NotCanonical(_)),
        "{swapped}"
    );
}

#[test]
fn there_is_exactly_one_signature() {
    let line = text();
    let start = line.find("[{").unwrap() + 1;
    let end = line.find("]}").unwrap();
    let one = &line[start..end];
    let none = line.replace(one, "");
    let two = line.replace(one, &format!("{one},{one}"));
    assert_eq!(refused(none.as_bytes()), Refused::Signatures(0));
    assert_eq!(refused(two.as_bytes()), Refused::Signatures(2));
}

#[test]
fn the_key_id_is_the_key_that_signed() {
    let other = SeedSigner::new(&[9; 32], "other").unwrap();
    let line = text().replace(sample::signer().fingerprint(), other.fingerprint());
    assert_eq!(
        refused(line.as_bytes()),
        Refused::KeyId(sample::signer().fingerprint().to_owned())
    );
}

#[test]
fn a_signature_for_another_purpose_is_refused() {
    let payload = to_payload(&sample::rejection()).unwrap();
    let signer = sample::signer();
    for namespace in ["git", "file", "verdict.v2@countersign.dev"] {
        let signature = signer.sign(&pae(&payload), namespace).unwrap();
        let line = sample::line_from(&payload, signer.fingerprint(), &signature);
        match refused(&line) {
            Refused::Signature(BadSignature::Namespace { found, .. }) => {
                assert_eq!(found, namespace)
            }
            other => panic!("{other:?}"),
        }
    }
    let bare = signer.sign(&payload, NAMESPACE).unwrap();
    let line = sample::line_from(&payload, signer.fingerprint(), &bare);
    assert_eq!(refused(&line), Refused::Signature(BadSignature::Mismatch));
}

#[test]
fn an_oversized_line_is_refused_unread() {
    let line = vec![b'{'; MAX_LINE + 1];
    assert_eq!(refused(&line), Refused::TooLong);
    let note = [line.as_slice(), b"\n", text().as_bytes()].concat();
    let found: Vec<_> = lines(&note).unwrap().collect();
    assert_eq!(found[0].candidate, Err(Unread::TooLong));
    assert_eq!((found[1].number, found[1].candidate), (2, Ok(())));
}

#[test]
fn a_note_is_cut_into_lines_of_which_none_hurts_the_next() {
    let line = text();
    let note = [
        b"\n\nplain words\n\xff\xfe\n".as_slice(),
        line.as_bytes(),
        b"{\"payload\":\"a\0b\"}\n",
        line.as_bytes(),
        b"\r\n",
        line.trim_end().as_bytes(),
    ]
    .concat();
    let found: Vec<_> = lines(&note)
        .unwrap()
        .map(|l| (l.number, l.candidate))
        .collect();
    assert_eq!(
        found,
        [
            (3, Err(Unread::Foreign)),
            (4, Err(Unread::Foreign)),
            (5, Ok(())),
            (6, Err(Unread::Nul)),
            (7, Ok(())),
            (8, Err(Unread::Foreign)),
            (9, Err(Unread::NoLineFeed)),
        ]
    );
    let all = lines(&note).unwrap().filter(|l| l.candidate.is_ok());
    assert!(
        all.map(|l| Envelope::verify(l.bytes, &SshVerifier))
            .all(|v| v.is_ok())
    );
}

#[test]
fn garbage_before_a_line_spoils_it_and_a_lost_line_feed_spoils_one_line_only() {
    let line = text();
    let spoilt = format!("x{line}");
    assert!(
        lines(spoilt.as_bytes())
            .unwrap()
            .all(|l| l.candidate == Err(Unread::Foreign))
    );
    let joined = format!("{}{line}", line.trim_end());
    let found: Vec<_> = lines(joined.as_bytes()).unwrap().collect();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].candidate, Err(Unread::NoLineFeed));
    assert_eq!(
        (found[1].candidate, found[1].bytes),
        (Ok(()), line.as_bytes())
    );
}

#[test]
fn a_note_that_is_too_large_gives_no_lines_at_all() {
    let bytes = vec![b'x'; MAX_NOTE + 1];
    assert_eq!(lines(&bytes).err(), Some(TooMuch::Bytes(MAX_NOTE + 1)));
    assert!(lines(&bytes[1..]).is_ok());
    let many = vec![b'\n'; MAX_LINES + 1];
    assert_eq!(lines(&many).err(), Some(TooMuch::Lines));
    assert_eq!(lines(&many[1..]).unwrap().count(), 0);
}

#[test]
fn the_longest_line_that_is_read_has_exactly_the_limit() {
    let mut line = vec![b'x'; MAX_LINE];
    assert_ne!(refused(&line), Refused::TooLong);
    line[MAX_LINE - 1] = b'\n';
    let found: Vec<_> = lines(&line).unwrap().collect();
    assert_ne!(found[0].candidate, Err(Unread::TooLong));
    line.insert(0, b'x');
    assert_eq!(refused(&line), Refused::TooLong);
    let found: Vec<_> = lines(&line).unwrap().collect();
    assert_eq!(found[0].candidate, Err(Unread::TooLong));
}

#[test]
fn a_verified_statement_says_when_it_was_issued() {
    let statement = sample::approval();
    let sealed = Envelope::seal(&statement, &sample::signer(), &SshVerifier).unwrap();
    let verified = Envelope::verify(&sealed.line, &SshVerifier).unwrap();
    assert_eq!(verified.issued_at(), Some(statement.issued_at()));
}
