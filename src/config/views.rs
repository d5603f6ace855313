//! Saved views of the queue: a name and a filter each, under the keys 1 to 9. Whether a filter can be
//! read is the queue's to say; the place to name then is kept here.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{BadConfig, bad, place};

/// Views that have a key.
const MOST: usize = 9;
/// Characters of a name: tabs have to fit on a line.
const NAME: usize = 24;

/// A view of the user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// What its tab says.
    pub name: String,
    /// The words of its filter; empty shows every change that is not over.
    pub filter: String,
    /// Where the filter stands: line and column, from 1.
    pub at: (usize, usize),
}

impl View {
    /// The mistake that its filter is.
    pub fn wrong(&self, why: &str) -> BadConfig {
        BadConfig {
            line: self.at.0,
            column: self.at.1,
            text: format!("views: {:?}: {why}", self.name),
        }
    }
}

/// Reads `[[views]]`; an unknown key of a view is a warning.
pub(super) fn read(
    text: &str,
    value: &Spanned<DeValue<'_>>,
    warnings: &mut Vec<String>,
) -> Result<Vec<View>, BadConfig> {
    let start = value.span().start;
    let form = "views: expected tables, each [[views]] with name = \"…\" and filter = \"…\"";
    let DeValue::Array(all) = value.get_ref() else {
        return Err(bad(text, start, form));
    };
    if let Some(tenth) = all.get(MOST) {
        let why = format!("views: at most {MOST}, one for each of the keys 1 to 9");
        return Err(bad(text, tenth.span().start, &why));
    }
    let mut views = Vec::with_capacity(all.len());
    for one in all {
        let DeValue::Table(table) = one.get_ref() else {
            return Err(bad(text, one.span().start, form));
        };
        views.push(view(text, one.span().start, table, warnings)?);
    }
    Ok(views)
}

fn view(
    text: &str,
    start: usize,
    table: &DeTable<'_>,
    warnings: &mut Vec<String>,
) -> Result<View, BadConfig> {
    let (mut name, mut filter) = (None, None);
    for (key, value) in table {
        let at = value.span().start;
        let slot = match key.get_ref().as_ref() {
            "name" => &mut name,
            "filter" => &mut filter,
            unknown => {
                let line = place(text, key.span().start).0;
                warnings.push(format!(
                    "config.toml:{line}: unknown key {unknown:?} of a view; known: name, filter"
                ));
                continue;
            }
        };
        let DeValue::String(words) = value.get_ref() else {
            let why = format!("views: {}: expected words in quotes", key.get_ref());
            return Err(bad(text, at, &why));
        };
        *slot = Some((words.trim().to_owned(), at));
    }
    let missing = |what: &str| bad(text, start, &format!("views: a view needs a {what}"));
    let (name, at) = name.ok_or_else(|| missing("name"))?;
    if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
        let why = format!("views: name: expected 1 to {NAME} characters in one line");
        return Err(bad(text, at, &why));
    }
    let (filter, at) = filter.ok_or_else(|| missing("filter; \"\" shows all"))?;
    Ok(View {
        name,
        filter,
        at: place(text, at),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::Config;

    #[test]
    fn views_stand_in_their_order_and_know_where_their_filters_are() {
        let text = "mouse = true\n[[views]]\nname = \"mine\"\nfilter = \"needs:me\"\n\n\
                    [[views]]\nname = \"all\"\nfilter = \"\"\ncolour = 1\n";
        let (config, warnings) = Config::read(text).unwrap();
        let views: Vec<_> = config
            .views
            .iter()
            .map(|v| (&*v.name, &*v.filter))
            .collect();
        assert_eq!(views, [("mine", "needs:me"), ("all", "")]);
        assert_eq!(config.views[0].at, (4, 10));
        let wrong = config.views[0].wrong("no such key").to_string();
        assert_eq!(wrong, "config.toml:4:10: views: \"mine\": no such key");
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].starts_with("config.toml:9: unknown key \"colour\""));
        assert!(Config::read("").unwrap().0.views.is_empty());
    }

    #[test]
    fn a_view_that_cannot_be_is_an_error_with_its_place() {
        let ten = "[[views]]\nname = \"n\"\nfilter = \"\"\n".repeat(10);
        for (text, place) in [
            ("views = 3", "config.toml:1:9: views: expected tables"),
            ("views = [1]", "config.toml:1:10: views: expected tables"),
            (
                "[[views]]\nname = 1",
                "config.toml:2:8: views: name: expected words",
            ),
            (
                "[[views]]\nname = \"\"\nfilter = \"\"",
                "config.toml:2:8: views: name",
            ),
            (
                "[[views]]\nfilter = \"\"",
                "config.toml:1:1: views: a view needs a name",
            ),
            (
                "[[views]]\nname = \"n\"",
                "config.toml:1:1: views: a view needs a filter",
            ),
            (&ten, "config.toml:28:1: views: at most 9"),
        ] {
            let error = Config::read(text).unwrap_err().to_string();
            assert!(error.starts_with(place), "{error}");
        }
    }
}
