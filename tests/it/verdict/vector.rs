//! The statement in `docs/vectors`, read as a stranger's program would.

use super::second;

const LINE: &[u8] = include_bytes!("../../../docs/vectors/approval.line");
const PAYLOAD: &[u8] = include_bytes!("../../../docs/vectors/approval.payload");
const PAGE: &str = include_str!("../../../docs/formats.md");

#[test]
fn the_second_verifier_accepts_the_stored_statement_under_the_digest_on_the_page() {
    let digest = second::check(LINE).unwrap();
    assert!(PAGE.contains(&digest), "the page does not name {digest}");
    assert!(second::is_sorted_json(PAYLOAD));
}
