//! Lines that no honest client writes: a payload that was changed, or that another key signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::common::{Key, World, run};

const NOTES: &str = "refs/notes/countersign";
const NAMESPACE: &str = "verdict.v1@countersign.dev";

/// The payload of the newest line in a note that says this verdict.
#[track_caller]
pub fn payload(world: &World, head: &str, verdict: &str) -> String {
    let agent = &world.agent;
    agent.git(&["fetch", "-q", "origin", &format!("+{NOTES}:{NOTES}")]);
    let note = agent.git(&["notes", "--ref", NOTES, "show", head]);
    let payloads = note.lines().filter(|line| !line.is_empty()).map(payload_of);
    let says = format!("\"verdict\":\"{verdict}\"");
    let mut said = payloads.filter(|text| text.contains(&says));
    said.next_back().unwrap()
}

/// The payload inside a line.
pub fn payload_of(line: &str) -> String {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let payload = STANDARD.decode(line["payload"].as_str().unwrap()).unwrap();
    String::from_utf8(payload).unwrap()
}

/// A line with this payload, whatever it says, signed by this key.
pub fn line(world: &World, key: &Key, payload: &str) -> String {
    let kind = "application/vnd.in-toto+json";
    let message = format!("DSSEv1 {} {kind} {} {payload}", kind.len(), payload.len());
    let file = world.sandbox.path("to-sign");
    std::fs::write(&file, message).unwrap();
    let signature = file.with_extension("sig");
    let _ = std::fs::remove_file(&signature);
    let mut sign = world.sandbox.command("ssh-keygen", &world.sandbox.path(""));
    sign.args(["-q", "-Y", "sign", "-n", NAMESPACE, "-f"]);
    run(sign.arg(&key.path).arg(&file), b"").ok();
    let armoured = std::fs::read_to_string(signature).unwrap();
    let sig: String = armoured.lines().filter(|l| !l.starts_with('-')).collect();
    format!(
        "{{\"payload\":\"{}\",\"payloadType\":\"{kind}\",\"signatures\":[{{\"keyid\":\"{}\",\"sig\":\"{sig}\"}}]}}",
        STANDARD.encode(payload),
        key.fingerprint
    )
}

/// Puts a line into the note of a commit, by plain git.
pub fn publish(world: &World, commit: &str, line: &str) {
    let agent = &world.agent;
    let _ = agent.try_git(&["fetch", "-q", "origin", &format!("+{NOTES}:{NOTES}")]);
    agent.git(&["notes", "--ref", NOTES, "append", "-m", line, commit]);
    agent.git(&["push", "-q", "origin", NOTES]);
}
