//! Changes that stand on others which wait too: shown under what they stand on, so that they are read
//! in the order in which they can land.

use std::collections::HashMap;

use super::{Entry, RevisionName};

/// A row of a list with stacks: which entry, and how many it stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stacked {
    /// The entry's place in what was given.
    pub index: usize,
    /// 0 stands on nothing that is in the list, 1 on one such, and so on.
    pub depth: usize,
}

/// Puts each entry under the one it stands on where that is in the list too. A stack stands where its
/// most urgent member stood; what is in no stack keeps its order. Takes time in proportion to the list.
pub fn stack(entries: &[&Entry]) -> Vec<Stacked> {
    let names = entries.iter().enumerate();
    let names = names.map(|(nth, entry)| (entry.name(), nth));
    let names: HashMap<RevisionName, usize> = names.collect();
    let below = |nth: usize| {
        let on = entries[nth].stacked_on.as_ref()?;
        let on = entries[nth].home.revision(on.clone());
        names.get(&on).copied().filter(|below| *below != nth)
    };
    let mut above: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
    for nth in 0..entries.len() {
        if let Some(below) = below(nth) {
            above[below].push(nth);
        }
    }
    let mut done = vec![false; entries.len()];
    let mut rows = Vec::with_capacity(entries.len());
    for nth in 0..entries.len() {
        if done[nth] {
            continue;
        }
        // Down to what everything stands on; as many steps as there are entries end any circle.
        let mut foot = nth;
        for _ in 0..entries.len() {
            match below(foot).filter(|below| !done[*below]) {
                Some(below) if below != nth => foot = below,
                _ => break,
            }
        }
        let mut waiting = vec![(foot, 0)];
        while let Some((index, depth)) = waiting.pop() {
            if std::mem::replace(&mut done[index], true) {
                continue;
            }
            rows.push(Stacked { index, depth });
            let next = above[index].iter().rev();
            waiting.extend(next.map(|above| (*above, depth + 1)));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::change::QueueRef;
    use crate::queue::Home;
    use crate::queue::entry::tests::entry;

    fn of(id: &str, on: Option<&str>) -> Entry {
        Entry {
            id: id.parse().unwrap(),
            stacked_on: on.map(|on| QueueRef {
                id: on.parse().unwrap(),
                number: 2,
            }),
            ..entry()
        }
    }

    fn stacked(entries: &[Entry]) -> String {
        let all: Vec<&Entry> = entries.iter().collect();
        let rows = stack(&all).into_iter();
        let rows = rows.map(|row| format!("{}{}", "-".repeat(row.depth), entries[row.index].id));
        rows.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_stands_on_another_comes_under_it_where_the_most_urgent_stood() {
        let entries = [
            of("first", None),
            of("top", Some("middle")),
            of("other", None),
            of("foot", None),
            of("middle", Some("foot")),
            of("twig", Some("foot")),
            of("alone", Some("elsewhere")),
        ];
        let rows = "first foot -middle --top -twig other alone";
        assert_eq!(stacked(&entries), rows);
        let apart: Vec<Entry> = (0_u8..)
            .zip(&entries)
            .map(|(nth, entry)| Entry {
                home: Home::among(&nth.to_string()),
                ..entry.clone()
            })
            .collect();
        let apart: Vec<&Entry> = apart.iter().collect();
        let apart = stack(&apart);
        assert!(
            apart.iter().all(|row| row.depth == 0),
            "each in a clone of its own"
        );
    }

    #[test]
    fn nothing_is_lost_in_a_circle_or_a_long_stack() {
        let ring = [
            of("aa", Some("bb")),
            of("bb", Some("cc")),
            of("cc", Some("aa")),
        ];
        assert_eq!(stacked(&ring).split(' ').count(), 3);
        let itself = [of("aa", Some("aa"))];
        assert_eq!(stacked(&itself), "aa");
        let long: Vec<Entry> = (0..1000)
            .map(|nth| of(&format!("c{nth}"), Some(&format!("c{}", nth + 1))))
            .collect();
        let all: Vec<&Entry> = long.iter().collect();
        let rows = stack(&all);
        assert_eq!((rows[0].index, rows[999].depth), (999, 999));
    }
}
