//! The three files on their way from one policy to the next: what each kind of change does to them, and
//! what contradicts the policy that is there.

use jiff::Timestamp;

use super::super::document::nearest;
use super::super::{Holder, Policy, PolicyFiles, PresenceDemand};
use super::{NewPerson, PublicKey, Refused, Revocation, Rotation, lines, tables};

/// The files on their way.
pub(super) struct Draft<'p> {
    pub(super) policy: &'p Policy,
    pub(super) files: PolicyFiles,
    pub(super) remarks: Vec<String>,
    pub(super) now: Timestamp,
}

impl Draft<'_> {
    pub(super) fn add_person(&mut self, person: &NewPerson) -> Result<String, Refused> {
        self.nobody_yet(person)?;
        self.asked_for("role", &person.roles)?;
        self.asked_for("team", &person.teams)?;
        for key in &person.keys {
            self.new_key(key)?;
        }
        self.toml(|document| tables::add_person(document, person))?;
        for key in &person.keys {
            let line = lines::new(&person.principal, None, key);
            lines::append(&mut self.files.allowed_signers, &line);
        }
        for key in &person.keys {
            self.touched(&person.roles, key);
        }
        if person.roles.is_empty() {
            let text = format!("{} has no role: may comment, approves nothing", person.id);
            self.remarks.push(text);
        }
        Ok(match person.roles.as_slice() {
            [] => format!("policy: add {}", person.id),
            roles => format!("policy: add {} ({})", person.id, roles.join(", ")),
        })
    }

    pub(super) fn remove_person(&mut self, id: &str) -> Result<String, Refused> {
        let Some(person) = self.policy.people.get(id) else {
            return Err(self.unknown(id, false));
        };
        self.toml(|document| tables::remove_person(document, id))?;
        let gone: Vec<usize> = self
            .policy
            .signers
            .iter()
            .filter(|key| key.principal == person.principal)
            .map(|key| key.line)
            .collect();
        lines::remove(&mut self.files.allowed_signers, &gone);
        self.remarks.push(format!(
            "what {id} said stops to count, rejections too; a key that others may have is to be revoked as well"
        ));
        Ok(format!("policy: remove {id}"))
    }

    pub(super) fn rotate(&mut self, rotation: &Rotation) -> Result<String, Refused> {
        let id = &rotation.id;
        let Some(principal) = self.policy.principal_by_id(id) else {
            return Err(self.unknown(id, true));
        };
        let principal = principal.to_owned();
        self.new_key(&rotation.key)?;
        let live = self.policy.keys_meant(id, self.now);
        let old: Vec<String> = match (rotation.old.as_slice(), live.as_slice()) {
            ([], [] | [_]) => live,
            ([], _) => {
                return Err(Refused::WhichKey {
                    id: id.clone(),
                    keys: live,
                });
            }
            (named, _) => {
                if let Some(key) = named.iter().find(|key| !live.contains(key)) {
                    return Err(Refused::NotTheirs {
                        id: id.clone(),
                        key: key.clone(),
                        live,
                    });
                }
                named.to_vec()
            }
        };
        self.next_key(&principal, &old, &rotation.key);
        for fingerprint in &old {
            self.ends(fingerprint, rotation.until);
        }
        if old.is_empty() {
            let text = format!("{id} has no key that counts now: this one follows none");
            self.remarks.push(text);
        }
        Ok(format!("policy: rotate the key of {id}"))
    }

    /// Lets a key end, if it does not end earlier anyway.
    fn ends(&mut self, fingerprint: &str, until: Timestamp) {
        let Some(key) = self.policy.signers.find(fingerprint) else {
            return;
        };
        match key.valid_before {
            Some(end) if end <= until => {
                let text = format!("{fingerprint} ends on {end} already; that stays");
                self.remarks.push(text);
            }
            _ => {
                let until = lines::time(until);
                lines::end_at(&mut self.files.allowed_signers, key, &until);
            }
        }
    }

    pub(super) fn revoke(&mut self, revocation: &Revocation) -> Result<String, Refused> {
        let policy = self.policy;
        let mut keys = revocation.keys.clone();
        keys.dedup();
        let all = keys.clone();
        keys.retain(|key| !policy.revoked.contains(key));
        if keys.is_empty() {
            return Err(Refused::AlreadyRevoked { keys: all });
        }
        let reason = revocation.reason.as_deref().unwrap_or_default().trim();
        if reason.chars().any(char::is_control) {
            return Err(Refused::BadReason);
        }
        let mut owners: Vec<String> = Vec::new();
        for key in &keys {
            match policy.signers.find(key) {
                Some(known) if owners.contains(&known.principal) => {}
                Some(known) => owners.push(known.principal.clone()),
                None => self
                    .remarks
                    .push(format!("{key} is nobody's in this policy")),
            }
            let line = lines::revoked(key, self.now, reason);
            lines::append(&mut self.files.revoked_keys, &line);
        }
        if let Some(next) = &revocation.next {
            self.new_key(next)?;
            let [owner] = owners.as_slice() else {
                return Err(Refused::SeveralOwners { owners });
            };
            let owner = owner.clone();
            self.next_key(&owner, &keys, next);
        }
        let whose = match owners.as_slice() {
            [] => "nobody here".to_owned(),
            owners => owners
                .iter()
                .map(|owner| self.name_of(owner))
                .collect::<Vec<_>>()
                .join(", "),
        };
        let what = if keys.len() == 1 { "a key" } else { "keys" };
        Ok(format!("policy: revoke {what} of {whose}"))
    }

    /// The new key's line behind those of the keys that it follows, for what they might sign.
    fn next_key(&mut self, principal: &str, old: &[String], key: &PublicKey) {
        let people = self.policy.people.values();
        let mut owner = people.filter(|person| person.principal == principal);
        if let Some(owner) = owner.next() {
            self.touched(&owner.roles, key);
        }
        let signers = &self.policy.signers;
        let followed = old.iter().filter_map(|key| signers.find(key));
        let last = followed.max_by_key(|key| key.line);
        let line = lines::new(principal, last, key);
        match last {
            Some(last) => lines::insert(&mut self.files.allowed_signers, last.line, &line),
            None => lines::append(&mut self.files.allowed_signers, &line),
        }
    }

    /// Says where a key cannot give what a role of its owner asks of a signature.
    fn touched(&mut self, roles: &[String], key: &PublicKey) {
        let policy = self.policy;
        let asks = |role: &&String| policy.presence(role) > PresenceDemand::Optional;
        if let Some(role) = roles.iter().find(asks).filter(|_| !key.is_security_key()) {
            self.remarks.push(format!(
                "the role {role} asks for a security key and {} is none: what it signs does not count for that role",
                key.fingerprint
            ));
        }
    }

    /// Fails where a key stands in the policy, or did and was revoked.
    fn new_key(&self, key: &PublicKey) -> Result<(), Refused> {
        let fingerprint = key.fingerprint.clone();
        if self.policy.revoked.contains(&fingerprint) {
            return Err(Refused::RevokedKey { fingerprint });
        }
        match self.policy.signers.find(&fingerprint) {
            Some(known) => Err(Refused::KnownKey {
                fingerprint,
                principal: self.name_of(&known.principal),
            }),
            None => Ok(()),
        }
    }

    /// Who has a principal, as the policy calls them.
    fn name_of(&self, principal: &str) -> String {
        match self.policy.holder(principal) {
            Some(Holder::Person(id) | Holder::Agent(id) | Holder::Automation(id)) => id.to_owned(),
            None => principal.to_owned(),
        }
    }

    fn nobody_yet(&self, person: &NewPerson) -> Result<(), Refused> {
        let policy = self.policy;
        let known = |what, name: &str, as_what: String| {
            Err(Refused::Known {
                what,
                name: name.to_owned(),
                as_what,
            })
        };
        if let Some(there) = policy.people.get(&person.id) {
            let as_what = format!(
                "{} with the roles {}",
                there.principal,
                there.roles.join(", ")
            );
            return known("the id", &person.id, as_what);
        }
        if policy.holder(&person.principal).is_some() {
            let as_what = format!("that of {}", self.name_of(&person.principal));
            return known("the principal", &person.principal, as_what);
        }
        for email in &person.emails {
            if let Some(other) = policy.people_at(email).next() {
                return known("the address", email, format!("that of {other}"));
            }
        }
        Ok(())
    }

    fn asked_for(&self, what: &'static str, names: &[String]) -> Result<(), Refused> {
        let known = match what {
            "role" => self.policy.known_roles(),
            _ => self.policy.known_teams(),
        };
        match names.iter().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(Refused::Unasked {
                what,
                name: name.clone(),
                nearest: nearest(name, &known).map(str::to_owned),
                known: known.into_iter().map(str::to_owned).collect(),
            }),
        }
    }

    fn unknown(&self, id: &str, keys: bool) -> Refused {
        let policy = self.policy;
        let mut known: Vec<&str> = policy.people.keys().map(String::as_str).collect();
        if keys {
            let agents = policy.agents.iter();
            let agents = agents.filter(|(_, agent)| agent.principal.is_some());
            known.extend(agents.map(|(id, _)| id.as_str()));
            known.extend(policy.automation.keys().map(String::as_str));
        }
        Refused::Unknown {
            id: id.to_owned(),
            nearest: nearest(id, &known).map(str::to_owned),
            known: known.into_iter().map(str::to_owned).collect(),
        }
    }

    pub(super) fn toml(
        &mut self,
        change: impl FnOnce(&mut toml_edit::DocumentMut) -> Option<()>,
    ) -> Result<(), Refused> {
        let text = String::from_utf8_lossy(&self.files.policy_toml);
        let mut document: toml_edit::DocumentMut = text
            .parse()
            .map_err(|error: toml_edit::TomlError| Refused::NotEditable(error.to_string()))?;
        change(&mut document)
            .ok_or_else(|| Refused::NotEditable("its tables are not where they were".to_owned()))?;
        self.files.policy_toml = document.to_string().into_bytes();
        Ok(())
    }
}
