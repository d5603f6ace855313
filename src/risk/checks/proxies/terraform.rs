//! Terraform: the target groups among which a load balancer's action shares traffic.

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};

use super::super::syntax::shallow;
use super::{Group, Proxy};

/// A larger file is not read.
const MAX: usize = 256 << 10;

/// Reads the `forward` actions of a file.
pub(super) fn read(text: &str) -> Proxy {
    let mut proxy = Proxy::default();
    let worth = text.contains("forward") && text.contains("weight") && text.len() <= MAX;
    if worth
        && shallow(text).is_ok()
        && let Ok(body) = hcl_edit::parser::parse_body(text)
    {
        actions(text, &body, "", &mut proxy);
    }
    proxy
}

/// The parser bounds how deep blocks nest.
fn actions(text: &str, body: &Body, above: &str, proxy: &mut Proxy) {
    for block in body.blocks() {
        let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
        let name = match labels[..] {
            [] => above.to_owned(),
            _ => labels.join("."),
        };
        if block.has_ident("forward") {
            proxy
                .groups
                .extend(group(text, block, &name, proxy.groups.len()));
        }
        actions(text, &block.body, &name, proxy);
    }
}

fn group(text: &str, block: &Block, name: &str, ordinal: usize) -> Option<Group> {
    let span = block.span()?;
    let line = |at: usize| {
        let before = text.bytes().take(at).filter(|b| *b == b'\n').count();
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    };
    let targets: Vec<&Block> = block.body.get_blocks("target_group").collect();
    let is_off = |target: &&&Block| {
        let weight = target
            .body
            .get_attribute("weight")
            .map(|weight| &weight.value);
        matches!(weight, Some(Expression::Number(number)) if number.value().as_u64() == Some(0))
    };
    let off = targets.iter().filter(is_off).count();
    Some(Group {
        name: format!("forward {} of {name}", ordinal + 1),
        from: line(span.start),
        to: line(span.end),
        targets: targets.len(),
        on: targets.len() - off,
        is_open: targets.is_empty() || block.body.has_blocks("dynamic"),
    })
}
