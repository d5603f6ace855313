//! Statements: sealed, verified, tampered with, and read by somebody else's code.

mod envelope;
mod properties;
mod reading;
mod rules;
pub mod sample;
mod script;
mod second;
mod tamper;
mod vector;

use countersign::signing::SshVerifier;
use countersign::verdict::{Envelope, Reading};

#[test]
fn what_is_sealed_verifies_and_reads_back() {
    for statement in [sample::approval(), sample::rejection()] {
        let sealed = Envelope::seal(&statement, &sample::signer(), &SshVerifier).unwrap();
        let verified = Envelope::verify(&sealed.line, &SshVerifier).unwrap();
        assert_eq!(verified.reading(), &Reading::Strict(statement));
        assert_eq!(verified.payload_sha256(), sealed.payload_sha256);
        assert_eq!(verified.line(), sealed.line);
        assert_eq!(
            second::check(&sealed.line),
            Ok(sealed.payload_sha256.to_string())
        );
        assert!(second::is_sorted_json(&sealed.payload));
    }
}
