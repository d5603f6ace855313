//! Who gains or loses what: people, agents, automations and keys.

use std::collections::BTreeMap;

use super::super::words::presence;
use super::super::{AllowedKey, Person, Policy, PresenceDemand, Role};
use super::{Leaning, Shifts, globs, listed, pairs, without};

impl Shifts {
    pub(super) fn people(&mut self, old: &Policy, new: &Policy) {
        for (id, subject, was, is) in pairs("people", &old.people, &new.people) {
            match (was, is) {
                (None, Some(person)) => {
                    let leaning = if person.roles.is_empty() {
                        Leaning::Other
                    } else {
                        Leaning::Looser
                    };
                    let roles = listed(&person.roles);
                    self.say(leaning, subject, format!("is new, with the roles {roles}"));
                }
                (Some(person), None) => {
                    let roles = listed(&person.roles);
                    let text = format!("is gone, and with it the roles {roles}");
                    self.say(Leaning::Tighter, subject, text);
                }
                (Some(a), Some(b)) => {
                    let roles = |p: &Person| {
                        p.roles
                            .iter()
                            .map(|r| format!("the role {r}"))
                            .collect::<Vec<_>>()
                    };
                    let teams = |p: &Person| {
                        p.teams
                            .iter()
                            .map(|t| format!("the team {t}"))
                            .collect::<Vec<_>>()
                    };
                    self.list(&subject, &roles(a), &roles(b), Leaning::Looser);
                    self.list(&subject, &teams(a), &teams(b), Leaning::Looser);
                    // An address makes somebody the author of what it committed: without it, that
                    // person may approve it.
                    self.list(&subject, &a.emails, &b.emails, Leaning::Tighter);
                    if a.principal != b.principal {
                        let text = format!(
                            "answers for the keys of {} instead of {}",
                            b.principal, a.principal
                        );
                        self.say(Leaning::Looser, format!("people.{id}"), text);
                    }
                }
                (None, None) => {}
            }
        }
    }

    pub(super) fn presence(&mut self, old: &Policy, new: &Policy) {
        for (_, subject, was, is) in pairs("roles", &old.roles, &new.roles) {
            let demand = |role: Option<&Role>| {
                role.map_or(PresenceDemand::Optional, |role| role.user_presence)
            };
            let (was, is) = (demand(was), demand(is));
            self.ordered(
                &subject,
                "user_presence",
                (&was, &is),
                Leaning::Tighter,
                |one| presence(*one).to_owned(),
            );
        }
    }

    pub(super) fn agents(&mut self, old: &Policy, new: &Policy) {
        for (_, subject, was, is) in pairs("agents", &old.agents, &new.agents) {
            let (was, is) = match (was, is) {
                (None, Some(_)) => {
                    self.say(
                        Leaning::Other,
                        subject,
                        "is new: it proposes and never reviews",
                    );
                    continue;
                }
                (Some(_), None) => {
                    let text = "is gone: its operator may approve what it makes";
                    self.say(Leaning::Looser, subject, text);
                    continue;
                }
                (Some(was), Some(is)) => (was, is),
                (None, None) => continue,
            };
            self.list(&subject, &was.emails, &is.emails, Leaning::Tighter);
            if was.operator != is.operator {
                let name =
                    |operator: &Option<String>| operator.clone().unwrap_or_else(|| "nobody".into());
                let text = format!(
                    "is run by {} instead of {}",
                    name(&is.operator),
                    name(&was.operator)
                );
                let leaning = match was.operator {
                    None => Leaning::Tighter,
                    Some(_) => Leaning::Looser,
                };
                self.say(leaning, subject.clone(), text);
            }
            if was.principal != is.principal {
                self.say(Leaning::Other, subject.clone(), "has another principal");
            }
            if was.max_open != is.max_open {
                let words =
                    |n: Option<u64>| n.map_or_else(|| "any number".into(), |n| n.to_string());
                let text = format!(
                    "max_open goes from {} to {}",
                    words(was.max_open),
                    words(is.max_open)
                );
                self.say(Leaning::Other, subject, text);
            }
        }
    }

    pub(super) fn automation(&mut self, old: &Policy, new: &Policy) {
        for (_, subject, was, is) in pairs("automation", &old.automation, &new.automation) {
            match (was, is) {
                (None, Some(one)) => {
                    let text = format!(
                        "is new: {} may approve its work under {}",
                        listed(&one.from),
                        listed(&globs(&one.paths))
                    );
                    self.say(Leaning::Looser, subject, text);
                }
                (Some(_), None) => self.say(Leaning::Tighter, subject, "is gone"),
                (Some(was), Some(is)) => {
                    self.list(
                        &subject,
                        &globs(&was.paths),
                        &globs(&is.paths),
                        Leaning::Looser,
                    );
                    self.list(&subject, &was.from, &is.from, Leaning::Looser);
                    if was.principal != is.principal {
                        let text = format!("is the key of {} now", is.principal);
                        self.say(Leaning::Looser, subject, text);
                    }
                }
                (None, None) => {}
            }
        }
    }

    pub(super) fn keys(&mut self, old: &Policy, new: &Policy) {
        let map = |policy: &Policy| -> BTreeMap<String, AllowedKey> {
            let keys = policy.signers.iter();
            keys.map(|key| (key.fingerprint.clone(), key.clone()))
                .collect()
        };
        let (was, is) = (map(old), map(new));
        for (print, _, was, is) in pairs("key", &was, &is) {
            let subject = format!("key {print}");
            match (was, is) {
                (None, Some(key)) => {
                    self.say(
                        Leaning::Looser,
                        subject,
                        format!("{} gains it", key.principal),
                    );
                }
                (Some(key), None) => {
                    self.say(
                        Leaning::Tighter,
                        subject,
                        format!("{} loses it", key.principal),
                    );
                }
                (Some(a), Some(b)) => self.key(&subject, a, b),
                (None, None) => {}
            }
        }
        let revoked =
            |policy: &Policy| -> Vec<String> { policy.revoked.iter().map(str::to_owned).collect() };
        let (was, is) = (revoked(old), revoked(new));
        let whose = |key: &str| {
            let signers = [&new.signers, &old.signers];
            let owner = signers.iter().find_map(|all| all.find(key));
            owner.map_or_else(|| "nobody's here".to_owned(), |key| key.principal.clone())
        };
        for key in without(&is, &was) {
            let text = format!("is revoked ({})", whose(&key));
            self.say(Leaning::Tighter, format!("key {key}"), text);
        }
        for key in without(&was, &is) {
            let text = format!("is revoked no longer ({})", whose(&key));
            self.say(Leaning::Looser, format!("key {key}"), text);
        }
    }

    pub(super) fn key(&mut self, subject: &str, was: &AllowedKey, is: &AllowedKey) {
        if was.principal != is.principal {
            let text = format!("is {}'s instead of {}'s", is.principal, was.principal);
            self.say(Leaning::Looser, subject, text);
        }
        let window = |key: &AllowedKey| match (key.valid_after, key.valid_before) {
            (None, None) => "for ever".to_owned(),
            (None, Some(end)) => format!("until {end}"),
            (Some(start), None) => format!("from {start} on"),
            (Some(start), Some(end)) => format!("from {start} until {end}"),
        };
        if (was.valid_after, was.valid_before) != (is.valid_after, is.valid_before) {
            let earlier = is.valid_after < was.valid_after;
            let later = match (was.valid_before, is.valid_before) {
                (Some(_), None) => true,
                (Some(a), Some(b)) => b > a,
                (None, _) => false,
            };
            let leaning = if earlier || later {
                Leaning::Looser
            } else {
                Leaning::Tighter
            };
            let text = format!("counts {} instead of {}", window(is), window(was));
            self.say(leaning, subject, text);
        }
        let names = |key: &AllowedKey| key.namespaces.clone();
        match (names(was), names(is)) {
            (Some(was), Some(is)) => self.list(subject, &was, &is, Leaning::Looser),
            (Some(_), None) => self.say(Leaning::Looser, subject, "may sign anything"),
            (None, Some(is)) => {
                self.say(
                    Leaning::Tighter,
                    subject,
                    format!("may sign {} only", listed(&is)),
                );
            }
            (None, None) => {}
        }
    }
}
