//! The policy file read into [`Policy`], every mistake in it reported at once.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::demands::{self, APPROVALS, COVERAGE, LEVELS};
use super::document::{Fields, Page};
use super::{
    Agent, Automation, Demands, Deployable, Exception, Glob, Invalid, LogTable, Mistake, Mode,
    POLICY_TOML, Person, Pins, Policy, PolicyChange, PolicyFiles, PresenceDemand, Revoked,
    RiskTable, Role, Rule, RuleMatch, SCHEMA, Scope, Signers, Silence, TargetTable, files,
    validate,
};
use crate::change::Markers;
use crate::risk::{OWN_MATCH, OWN_RULE, OwnRules};

const ROOT: [&str; 18] = [
    "schema",
    "version",
    "repository",
    "scope",
    "people",
    "agents",
    "automation",
    "roles",
    "defaults",
    "rule",
    "risk",
    "target",
    "revert",
    "deployable",
    "policy_change",
    "override",
    "break_glass",
    "log",
];
const SCOPE: [&str; 6] = [
    "targets",
    "mode",
    "exempt_humans",
    "refs",
    "notes",
    "markers",
];
const PERSON: [&str; 4] = ["principal", "emails", "roles", "teams"];
const AGENT: [&str; 4] = ["principal", "emails", "operator", "max_open"];
const AUTOMATION: [&str; 4] = ["principal", "emails", "paths", "from"];
const ROLE: [&str; 1] = ["user_presence"];
const RULE: [&str; 6] = ["name", "paths", "risk", "agents", "models", "targets"];
const RISK: [&str; 3] = ["critical", "silence", "rules"];
const SILENCE: [&str; 3] = ["rule", "paths", "reason"];
const TARGET: [&str; 1] = ["accept_from"];
const REVERT: [&str; 1] = ["approvals"];
const DEPLOYABLE: [&str; 1] = ["paths"];
const POLICY_CHANGE: [&str; 3] = ["from", "approvals", "coverage"];
const EXCEPTION: [&str; 4] = ["from", "approvals", "max_validity", "followup"];
const LOG: [&str; 3] = ["pins", "checkpoint_max_age", "ignore"];
/// Most rules of one policy.
const MAX_RULES: usize = 1_000;

/// Every key a policy file may have, dotted, `<id>` for a name of the reader's choice. The table
/// in `docs/policy.md` has a row for each; a test holds the two together.
pub fn keys() -> Vec<String> {
    let mut keys: Vec<String> = ["schema", "version", "repository"]
        .map(str::to_owned)
        .into();
    let tables: [(&str, &[&str]); 16] = [
        ("scope", &SCOPE),
        ("people.<id>", &PERSON),
        ("agents.<id>", &AGENT),
        ("automation.<id>", &AUTOMATION),
        ("roles.<role>", &ROLE),
        ("defaults", &demands::KEYS),
        ("rule", &RULE),
        ("rule", &demands::KEYS),
        ("risk", &RISK),
        ("target.<ref>", &TARGET),
        ("revert", &REVERT),
        ("deployable.<name>", &DEPLOYABLE),
        ("policy_change", &POLICY_CHANGE),
        ("override", &EXCEPTION),
        ("break_glass", &EXCEPTION),
        ("log", &LOG),
    ];
    for (table, fields) in tables {
        keys.extend(fields.iter().map(|field| format!("{table}.{field}")));
    }
    keys
}

/// Reads the three files.
pub(super) fn policy(files: &PolicyFiles) -> Result<Policy, Invalid> {
    let mut mistakes = Vec::new();
    let signers = Signers::parse(&files.allowed_signers, &mut mistakes);
    let revoked = Revoked::parse(&files.revoked_keys, &mut mistakes);
    let text = match std::str::from_utf8(&files.policy_toml) {
        Ok(text) => text,
        Err(error) => {
            let before = &files.policy_toml[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|b| **b == b'\n').count();
            let at = Some(line);
            mistakes.insert(
                0,
                Mistake::new(POLICY_TOML, at, "not UTF-8", "save it as UTF-8"),
            );
            return Err(Invalid::Mistakes(mistakes));
        }
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut page = Page::new(text);
    let root = Fields::root(document.get_ref());
    for error in &errors {
        let offset = error.span().map_or(0, |span| span.start);
        page.wrong(
            offset,
            format!("not TOML: {}", error.message()),
            "correct the syntax",
        );
    }
    check_schema(&root, &mut page)?;
    let policy = read(&root, &mut page, signers, revoked, files);
    // What was read past a syntax error is a guess: cross-checks on it would mislead.
    if errors.is_empty() {
        validate::policy(&policy, &mut page);
    }
    let mut all = page.into_mistakes();
    all.append(&mut mistakes);
    if all.is_empty() {
        Ok(policy)
    } else {
        Err(Invalid::Mistakes(all))
    }
}

fn check_schema(root: &Fields<'_>, page: &mut Page) -> Result<(), Invalid> {
    let schema = root.number(page, "schema", 1..u64::MAX);
    let schema = root.required(page, "schema", "1", schema);
    match schema {
        Some(found) if found > SCHEMA => Err(Invalid::NewerSchema { found }),
        _ => Ok(()),
    }
}

fn read(
    root: &Fields<'_>,
    page: &mut Page,
    signers: Signers,
    revoked: Revoked,
    files: &PolicyFiles,
) -> Policy {
    root.only(page, &ROOT);
    root.required_table(page, "people", "[people.<id>]", Some(()));
    let version = root.number(page, "version", 0..1 << 53);
    let repository = root.text(page, "repository");
    let defaults = defaults(root, page);
    Policy {
        version: root
            .required(page, "version", "1", version)
            .unwrap_or_default(),
        repository: root
            .required(page, "repository", "\"urn:uuid:…\"", repository)
            .unwrap_or_default(),
        scope: scope(root, page),
        people: named(root, page, "people", person),
        agents: named(root, page, "agents", agent),
        automation: named(root, page, "automation", automation),
        roles: named(root, page, "roles", role),
        rules: rules(root, page, &defaults),
        defaults,
        risk: risk(root, page),
        targets: named(root, page, "target", target),
        revert: revert(root, page),
        deployable: named(root, page, "deployable", deployable),
        policy_change: policy_change(root, page),
        override_: exception(root, page, "override"),
        break_glass: exception(root, page, "break_glass"),
        log: log(root, page),
        signers,
        revoked,
        digest: files::digest(files),
    }
}

/// The tables `[table.<id>]`, each read by `read`.
fn named<T>(
    root: &Fields<'_>,
    page: &mut Page,
    table: &str,
    read: fn(&Fields<'_>, &mut Page) -> T,
) -> BTreeMap<String, T> {
    let tables = root.table(page, table).map(|fields| fields.tables(page));
    let mut found = BTreeMap::new();
    for (id, fields) in tables.unwrap_or_default() {
        let value = read(&fields, page);
        found.insert(id, value);
    }
    found
}

fn defaults(root: &Fields<'_>, page: &mut Page) -> Demands {
    let base = Demands::default();
    let table = root.table(page, "defaults");
    let Some(fields) = root.required_table(page, "defaults", "[defaults]", table) else {
        return base;
    };
    fields.only(page, &demands::KEYS);
    demands::read(&fields, page, &base)
}

fn scope(root: &Fields<'_>, page: &mut Page) -> Scope {
    let modes = [
        ("all", Mode::All),
        ("unless-human-signed", Mode::UnlessHumanSigned),
        ("flagged", Mode::Flagged),
    ];
    let mut scope = Scope {
        targets: Vec::new(),
        mode: Mode::UnlessHumanSigned,
        exempt_humans: Vec::new(),
        refs: "refs/countersign".to_owned(),
        notes: "refs/notes/countersign".to_owned(),
        markers: Vec::new(),
    };
    let table = root.table(page, "scope");
    let Some(fields) = root.required_table(page, "scope", "[scope]", table) else {
        return scope;
    };
    fields.only(page, &SCOPE);
    let targets = fields.globs(page, "targets");
    scope.targets = fields
        .required(page, "targets", "[\"refs/heads/main\"]", targets)
        .unwrap_or_default();
    scope.mode = fields.word(page, "mode", &modes).unwrap_or(scope.mode);
    scope.exempt_humans = fields.texts(page, "exempt_humans").unwrap_or_default();
    scope.refs = fields.text(page, "refs").unwrap_or(scope.refs);
    scope.notes = fields.text(page, "notes").unwrap_or(scope.notes);
    let want = "a list of markers: an e-mail, a `Trailer-Key` or `Trailer-Key: value`";
    scope.markers = fields
        .list(page, "markers", want, |text| {
            let text = text.to_owned();
            Markers::with(std::slice::from_ref(&text))
                .is_ok()
                .then_some(text)
        })
        .unwrap_or_default();
    scope
}

fn person(fields: &Fields<'_>, page: &mut Page) -> Person {
    fields.only(page, &PERSON);
    let principal = fields.text(page, "principal");
    Person {
        principal: fields
            .required(page, "principal", "\"name@example.org\"", principal)
            .unwrap_or_default(),
        emails: fields.texts(page, "emails").unwrap_or_default(),
        roles: fields.texts(page, "roles").unwrap_or_default(),
        teams: fields.texts(page, "teams").unwrap_or_default(),
    }
}

fn agent(fields: &Fields<'_>, page: &mut Page) -> Agent {
    if fields.has("roles") || fields.has("teams") {
        let text = format!("`{}`: an agent has no roles and no teams", fields.name);
        fields.wrong(
            page,
            text,
            "agents propose and never review: remove the key",
        );
    }
    let mut known = AGENT.to_vec();
    known.extend(["roles", "teams"]);
    fields.only(page, &known);
    Agent {
        principal: fields.text(page, "principal"),
        emails: fields.texts(page, "emails").unwrap_or_default(),
        operator: fields.text(page, "operator"),
        max_open: fields.number(page, "max_open", 1..1_000_001),
    }
}

fn automation(fields: &Fields<'_>, page: &mut Page) -> Automation {
    fields.only(page, &AUTOMATION);
    let principal = fields.text(page, "principal");
    let paths = fields.globs(page, "paths");
    let from = demands::roles(fields, page);
    Automation {
        principal: fields
            .required(page, "principal", "\"bot@example.org\"", principal)
            .unwrap_or_default(),
        emails: fields.texts(page, "emails").unwrap_or_default(),
        paths: fields
            .required(page, "paths", "[\"**/Cargo.lock\"]", paths)
            .unwrap_or_default(),
        from: fields
            .required(page, "from", "[\"senior\"]", from)
            .unwrap_or_default(),
    }
}

fn role(fields: &Fields<'_>, page: &mut Page) -> Role {
    fields.only(page, &ROLE);
    let words = [
        ("optional", PresenceDemand::Optional),
        ("required", PresenceDemand::Required),
        ("verified", PresenceDemand::Verified),
    ];
    Role {
        user_presence: fields
            .word(page, "user_presence", &words)
            .unwrap_or(PresenceDemand::Optional),
    }
}

fn rules(root: &Fields<'_>, page: &mut Page, defaults: &Demands) -> Vec<Rule> {
    let rows = root.rows(page, "rule");
    let rows = root
        .required_table(page, "rule", "[[rule]]", rows)
        .unwrap_or_default();
    if rows.len() > MAX_RULES {
        page.wrong_at(
            "rule",
            "more than 1,000 rules",
            "join rules that ask the same",
        );
    }
    rows.iter().map(|row| rule(row, page, defaults)).collect()
}

fn rule(fields: &Fields<'_>, page: &mut Page, defaults: &Demands) -> Rule {
    let mut known = RULE.to_vec();
    known.extend(demands::KEYS);
    fields.only(page, &known);
    let name = fields.text(page, "name");
    Rule {
        name: fields
            .required(page, "name", "\"everything\"", name)
            .unwrap_or_default(),
        matches: RuleMatch {
            paths: fields.globs(page, "paths"),
            risk: fields.word(page, "risk", &LEVELS),
            agents: fields.texts(page, "agents"),
            models: fields.globs(page, "models"),
            targets: fields.globs(page, "targets"),
        },
        demands: demands::read(fields, page, defaults),
    }
}

fn risk(root: &Fields<'_>, page: &mut Page) -> RiskTable {
    let Some(fields) = root.table(page, "risk") else {
        return RiskTable::default();
    };
    fields.only(page, &RISK);
    let silence = fields.rows(page, "silence").unwrap_or_default();
    RiskTable {
        critical: fields.globs(page, "critical").unwrap_or_default(),
        silence: silence.iter().map(|row| silenced(row, page)).collect(),
        rules: own_rules(&fields, page),
    }
}

/// The content rules of the repository's own: `[[risk.rules]]`.
fn own_rules(fields: &Fields<'_>, page: &mut Page) -> OwnRules {
    let rows = fields.rows(page, "rules").unwrap_or_default();
    for row in &rows {
        row.only(page, &OWN_RULE);
        for one in row.rows(page, "match").unwrap_or_default() {
            one.only(page, &OWN_MATCH);
        }
    }
    let tables: Vec<_> = rows.iter().map(Fields::raw).collect();
    let (rules, slips) = OwnRules::read(&tables, &|offset| page.line(offset));
    for slip in slips {
        page.wrong(slip.offset, slip.text, slip.remedy);
    }
    rules
}

fn silenced(fields: &Fields<'_>, page: &mut Page) -> Silence {
    fields.only(page, &SILENCE);
    let rule = fields.text(page, "rule");
    let paths = fields.globs(page, "paths");
    let reason = fields.text(page, "reason");
    Silence {
        rule: fields
            .required(page, "rule", "\"sup.suppression\"", rule)
            .unwrap_or_default(),
        paths: fields
            .required(page, "paths", "[\"tests/**\"]", paths)
            .unwrap_or_default(),
        reason: fields
            .required(page, "reason", "\"why\"", reason)
            .unwrap_or_default(),
    }
}

fn target(fields: &Fields<'_>, page: &mut Page) -> TargetTable {
    fields.only(page, &TARGET);
    TargetTable {
        accept_from: fields.globs(page, "accept_from").unwrap_or_default(),
    }
}

fn revert(root: &Fields<'_>, page: &mut Page) -> Option<u64> {
    let fields = root.table(page, "revert")?;
    fields.only(page, &REVERT);
    fields.number(page, "approvals", APPROVALS)
}

fn deployable(fields: &Fields<'_>, page: &mut Page) -> Deployable {
    fields.only(page, &DEPLOYABLE);
    let paths: Option<Vec<Glob>> = fields.globs(page, "paths");
    Deployable {
        paths: fields
            .required(page, "paths", "[\"services/web/**\"]", paths)
            .unwrap_or_default(),
    }
}

fn policy_change(root: &Fields<'_>, page: &mut Page) -> PolicyChange {
    let mut change = PolicyChange {
        from: vec!["policy-owner".to_owned()],
        approvals: 2,
        coverage: super::Coverage::Tree,
    };
    if let Some(fields) = root.table(page, "policy_change") {
        fields.only(page, &POLICY_CHANGE);
        change.from = demands::roles(&fields, page).unwrap_or(change.from);
        change.approvals = fields
            .number(page, "approvals", APPROVALS)
            .unwrap_or(change.approvals);
        change.coverage = fields
            .word(page, "coverage", &COVERAGE)
            .unwrap_or(change.coverage);
    }
    change
}

fn exception(root: &Fields<'_>, page: &mut Page, table: &str) -> Option<Exception> {
    let fields = root.table(page, table)?;
    fields.only(page, &EXCEPTION);
    let from = demands::roles(&fields, page);
    let approvals = fields.number(page, "approvals", APPROVALS);
    let hours = jiff::SignedDuration::from_hours;
    Some(Exception {
        from: fields
            .required(page, "from", "[\"senior\"]", from)
            .unwrap_or_default(),
        approvals: fields
            .required(page, "approvals", "2", approvals)
            .unwrap_or(1),
        max_validity: fields.duration(page, "max_validity").unwrap_or(hours(4)),
        followup: fields.duration(page, "followup").unwrap_or(hours(3 * 24)),
    })
}

fn log(root: &Fields<'_>, page: &mut Page) -> LogTable {
    let mut log = LogTable {
        pins: Pins::Optional,
        checkpoint_max_age: None,
        ignore: Vec::new(),
    };
    let Some(fields) = root.table(page, "log") else {
        return log;
    };
    fields.only(page, &LOG);
    let pins = [("optional", Pins::Optional), ("required", Pins::Required)];
    log.pins = fields.word(page, "pins", &pins).unwrap_or(log.pins);
    log.checkpoint_max_age = fields.duration_or_off(page, "checkpoint_max_age");
    let want = "a list of payload digests, 64 lower-case hex digits each";
    log.ignore = fields
        .list(page, "ignore", want, |text| text.parse().ok())
        .unwrap_or_default();
    log
}
