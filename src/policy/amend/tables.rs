//! `policy.toml` as its authors wrote it, with a value, an entry or a table changed.

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

use super::NewPerson;

/// Another `version`; what stands around the number stays.
pub(super) fn set_version(document: &mut DocumentMut, version: u64) -> Option<()> {
    let old = document.get_mut("version")?.as_value_mut()?;
    let decor = old.decor().clone();
    let mut new = Value::from(i64::try_from(version).ok()?);
    *new.decor_mut() = decor;
    *old = new;
    Some(())
}

/// A table for somebody, behind that of the last person.
pub(super) fn add_person(document: &mut DocumentMut, person: &NewPerson) -> Option<()> {
    let mut table = Table::new();
    table.insert("principal", toml_edit::value(person.principal.as_str()));
    for (key, list) in [
        ("emails", &person.emails),
        ("roles", &person.roles),
        ("teams", &person.teams),
    ] {
        if !list.is_empty() {
            let list: Array = list.iter().map(String::as_str).collect();
            table.insert(key, toml_edit::value(list));
        }
    }
    let people = document.get_mut("people")?.as_table_like_mut()?;
    people.insert(&person.id, Item::Table(table));
    if person.exempt {
        exempt(document, &person.id)?;
    }
    Some(())
}

fn exempt(document: &mut DocumentMut, id: &str) -> Option<()> {
    let scope = document.get_mut("scope")?.as_table_like_mut()?;
    let list = scope
        .entry("exempt_humans")
        .or_insert(toml_edit::value(Array::new()));
    let list = list.as_array_mut()?;
    let last = list.iter().last().and_then(|last| last.decor().prefix());
    let indent = last
        .and_then(|prefix| prefix.as_str()?.rsplit_once('\n'))
        .map(|(_, indent)| indent.to_owned());
    let mut entry = Value::from(id);
    // In a list with a line for each entry it gets one too, below a comment that stands last.
    match indent {
        Some(indent) => {
            let trailing = list.trailing().as_str().unwrap_or_default().to_owned();
            let (said, end) = match trailing.rsplit_once('\n') {
                Some((said, end)) => (said, format!("\n{end}")),
                None => ("", trailing.clone()),
            };
            entry.decor_mut().set_prefix(format!("{said}\n{indent}"));
            list.set_trailing(end);
            list.push_formatted(entry);
        }
        None => list.push(entry),
    }
    Some(())
}

/// Without somebody's table, and without the name in `scope.exempt_humans`.
pub(super) fn remove_person(document: &mut DocumentMut, id: &str) -> Option<()> {
    let people = document.get_mut("people")?.as_table_like_mut()?;
    people.remove(id)?;
    let scope = document.get_mut("scope")?.as_table_like_mut()?;
    let Some(list) = exempt_list(scope) else {
        return Some(());
    };
    let places = (0..list.len()).rev();
    let named = |list: &Array, at: usize| list.get(at).and_then(Value::as_str) == Some(id);
    for at in places.collect::<Vec<_>>() {
        if !named(list, at) {
            continue;
        }
        let gone = list.remove(at);
        // What follows the first entry has a blank before it that would be left over.
        if at == 0
            && let Some(first) = list.get_mut(0)
            && let Some(prefix) = gone.decor().prefix()
        {
            first.decor_mut().set_prefix(prefix.clone());
        }
    }
    Some(())
}

fn exempt_list(scope: &mut dyn TableLike) -> Option<&mut Array> {
    scope.get_mut("exempt_humans")?.as_array_mut()
}
