//! The RFC 8785 (JCS) form, restricted as statements need it: objects sorted by key, strings
//! escaped in one way, integers from 0 to 2^53-1, no null.

use super::json::Json;

/// The largest integer that every JSON reader takes exactly: 2^53-1.
pub(super) const MAX_INTEGER: u64 = (1 << 53) - 1;

/// A value that has no restricted JCS form.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[error(
    "only objects with ASCII keys, lists, text, true, false and integers from 0 to 2^53-1 have a canonical form"
)]
pub struct NotCanonical;

/// The restricted JCS bytes of a JSON value.
///
/// # Errors
/// Where the value holds null, a key that is not ASCII, or a number that is no integer in range.
pub fn to_jcs(value: &serde_json::Value) -> Result<Vec<u8>, NotCanonical> {
    let mut out = Vec::new();
    write(&from_serde(value)?, &mut out)?;
    Ok(out)
}

fn from_serde(value: &serde_json::Value) -> Result<Json, NotCanonical> {
    use serde_json::Value;
    Ok(match value {
        Value::Null => return Err(NotCanonical),
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Number(number) => Json::Number(number.to_string()),
        Value::String(text) => Json::Text(text.clone()),
        Value::Array(items) => Json::List(items.iter().map(from_serde).collect::<Result<_, _>>()?),
        Value::Object(pairs) => Json::Object(
            pairs
                .iter()
                .map(|(key, value)| Ok((key.clone(), from_serde(value)?)))
                .collect::<Result<_, _>>()?,
        ),
    })
}

/// Appends the restricted JCS bytes of a value.
pub(super) fn write(value: &Json, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
    match value {
        Json::Null | Json::Deep => return Err(NotCanonical),
        Json::Bool(true) => out.extend_from_slice(b"true"),
        Json::Bool(false) => out.extend_from_slice(b"false"),
        Json::Number(text) => {
            integer(text).ok_or(NotCanonical)?;
            out.extend_from_slice(text.as_bytes());
        }
        Json::Text(text) => write_text(text, out),
        Json::List(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Json::Object(pairs) => write_object(pairs, out)?,
    }
    Ok(())
}

fn write_object(pairs: &[(String, Json)], out: &mut Vec<u8>) -> Result<(), NotCanonical> {
    let mut sorted: Vec<_> = pairs.iter().collect();
    // Keys are ASCII, so byte order is RFC 8785's order of UTF-16 units.
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    if sorted.windows(2).any(|two| two[0].0 == two[1].0) {
        return Err(NotCanonical);
    }
    out.push(b'{');
    for (index, (key, value)) in sorted.into_iter().enumerate() {
        if !key.is_ascii() {
            return Err(NotCanonical);
        }
        if index > 0 {
            out.push(b',');
        }
        write_text(key, out);
        out.push(b':');
        write(value, out)?;
    }
    out.push(b'}');
    Ok(())
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0a => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            0x0d => out.extend_from_slice(b"\\r"),
            0..=0x1f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// The integer that a number's text is, where it is one from 0 to 2^53-1 in its only form.
pub(super) fn integer(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let value: u64 = text.parse().ok().filter(|_| plain)?;
    (value <= MAX_INTEGER).then_some(value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_text_is_escaped_in_one_way() {
        let value = json!({"b": [true, false, 0], "a\"": "é\u{7f}\u{2028}\u{1}\n\t\r\u{8}\u{c}\\/", "B": {}});
        let bytes = to_jcs(&value).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "{\"B\":{},\"a\\\"\":\"é\u{7f}\u{2028}\\u0001\\n\\t\\r\\b\\f\\\\/\",\"b\":[true,false,0]}"
        );
    }

    #[test]
    fn what_has_no_exact_form_is_refused() {
        for bad in [
            json!(null),
            json!(-1),
            json!(1.5),
            json!(9_007_199_254_740_992_u64),
            json!({"é": 1}),
        ] {
            assert_eq!(to_jcs(&bad), Err(NotCanonical), "{bad}");
        }
        assert!(to_jcs(&json!(9_007_199_254_740_991_u64)).is_ok());
    }

    #[test]
    fn an_integer_has_one_spelling() {
        assert_eq!(integer("0"), Some(0));
        assert_eq!(integer("12"), Some(12));
        for bad in ["", "00", "01", "-0", "1.0", "1e3", "+1", "9007199254740992"] {
            assert_eq!(integer(bad), None, "{bad}");
        }
    }
}
