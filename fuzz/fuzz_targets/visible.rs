//! Runs `diffs::visible_text` on what the fuzzer makes up.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| countersign_fuzz::diffs::visible_text(data));
