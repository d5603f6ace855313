"""The policy of one commit: read, and checked for the mistakes that make it none (formats, §6)."""
import base64
import collections
import fnmatch
import re
import tomllib

import lines

FOLDER = b".countersign/"
FILES = [FOLDER + name for name in (b"policy.toml", b"allowed_signers", b"revoked_keys")]
RULE = {"approvals": 1, "from": ["senior"], "teams": [], "coverage": "merge", "max_age": "30d", "min_viewed": 0,
        "checklist": [], "reject": "veto", "unsigned_proposal": "accept", "unknown_author": "accept",
        "unreviewable": "ack", "acknowledge": False, "batch_approve": ["low"], "require_up_to_date": False}
MATCHERS = {"name", "paths", "risk", "agents", "models", "targets"}
TOP = {"schema", "version", "repository", "scope", "people", "agents", "roles", "defaults", "rule", "risk", "log",
       "policy_change", "revert", "override", "break_glass", "target", "deployable"}
SCOPE = {"targets", "mode", "exempt_humans", "refs", "notes", "markers"}
PERSON, AGENT = {"principal", "emails", "roles", "teams"}, {"principal", "emails", "operator", "max_open"}
LEVELS = ["exact", "tree", "content", "merge"]
Key = collections.namedtuple("Key", "principal namespaces after before presence")


class Invalid(Exception):
    """A policy with a mistake is no policy."""


def need(true, what):
    """Raises where something that must hold does not."""
    if not true:
        raise Invalid(what)


def age(text):
    """A duration in seconds."""
    need(re.fullmatch("[1-9][0-9]*[mhd]", text), "duration")
    return int(text[:-1]) * {"m": 60, "h": 3600, "d": 86400}[text[-1]]


def glob(pattern, path):
    """Whether a glob over bytes matches a whole path."""
    regex, at = "", 0
    for part in re.finditer(r"\*\*/|/\*\*$|^\*\*$|\*|\?", pattern):
        regex += re.escape(pattern[at:part.start()])
        regex += {"**/": "(?:[^/]+/)*", "/**": "(?:/[^/]+)+", "**": ".+", "*": "[^/]*", "?": "[^/]"}[part.group()]
        at = part.end()
    regex += re.escape(pattern[at:])
    return re.fullmatch(regex.encode(), path, re.DOTALL) is not None


class Policy:
    """People, keys and rules, as they stood at one commit."""

    def __init__(self, text, signers, revoked):
        try:
            self.data = data = tomllib.loads(text.decode())
            need(data["schema"] == 1 and set(data) <= TOP, "keys")
            self.version, self.repository = data["version"], data["repository"]
            self.scope, self.people = data["scope"], data["people"]
        except (ValueError, KeyError) as mistake:
            raise Invalid(str(mistake)) from mistake
        self.agents = data.get("agents", {})
        self.rules = [{**RULE, **data.get("defaults", {}), **rule} for rule in data.get("rule", [])]
        kept = {key: data.get("defaults", {}).get(key, RULE[key]) for key in ("max_age", "reject")}
        self.change = {**RULE, **kept, "name": "policy_change", "from": ["policy-owner"], "approvals": 2,
                       "coverage": "tree", **data.get("policy_change", {})}
        self.critical = data.get("risk", {}).get("critical", [])
        self.ignored = set(data.get("log", {}).get("ignore", []))
        self.keys, self.revoked = _signers(signers), _revoked(revoked)
        self._check()
        self.person = {p["principal"]: name for name, p in self.people.items()}
        self.email = {e.lower(): name for name, p in self.people.items() for e in p.get("emails", [])}
        self.machine = {e.lower(): name for name, a in self.agents.items() for e in a.get("emails", [])}

    def _check(self):
        need(set(self.scope) <= SCOPE and self.scope.get("targets"), "scope")
        need(all(set(p) <= PERSON and "principal" in p for p in self.people.values()), "people")
        need(all(set(a) <= AGENT for a in self.agents.values()), "agents")
        need(len({p["principal"] for p in self.people.values()}) == len(self.people), "a principal twice")
        need(set(self.scope.get("exempt_humans", [])) <= set(self.people), "exempt")
        need(all(a.get("operator", p) in self.people for a in self.agents.values() for p in self.people), "operator")
        raw = self.data.get("rule", [])
        need(set(self.data.get("defaults", {})) <= set(RULE), "defaults")
        need(all(set(rule) <= set(RULE) | MATCHERS for rule in raw), "rule")
        need(set(self.data.get("policy_change", {})) <= {"from", "approvals", "coverage"}, "policy_change")
        need(set(self.data.get("log", {})) <= {"ignore", "pins", "checkpoint_max_age"}, "log")
        need(any("**" in rule.get("paths", ["**"]) and not set(rule) & {"risk", "agents", "models", "targets"}
                 for rule in raw), "no rule for everything")
        for rule in [*self.rules, self.change]:
            age(rule["max_age"])
            need(rule["coverage"] in LEVELS and rule["approvals"] >= 1, "rule")
            need(all(self.holders([role]) for role in rule["from"]), "a role nobody has")
            need(len(self.holders(rule["from"])) > rule["approvals"], "a number that cannot be met")

    def holders(self, roles):
        """The people who hold one of the roles."""
        return {name for name, p in self.people.items() if set(p.get("roles", [])) & set(roles)}

    def who(self, key):
        """The person whose key this is, or None."""
        return self.person.get(self.keys[key].principal) if key in self.keys else None

    def good(self, key, revoked, *times):
        """Whether a key may sign verdicts, is not revoked, and was valid at all these times."""
        return self.valid(key, revoked, lines.NAMESPACE, *times)

    def valid(self, key, revoked, namespace, *times):
        """The same for any namespace."""
        found = self.keys.get(key)
        return (found is not None and key not in revoked and (not found.namespaces or namespace in found.namespaces)
                and all(found.after <= at < found.before for at in times))

    def present(self, name, roles, flags):
        """Whether a person holds one of the roles with the presence that it asks for."""
        asked = {"optional": 0, "required": 1, "verified": 5}
        held = set(self.people[name].get("roles", [])) & set(roles)
        wants = [asked[self.data.get("roles", {}).get(r, {}).get("user_presence", "optional")] for r in held]
        return any(flags & want == want for want in wants)

    def match(self, target, paths, agents):
        """The rules for a change of these paths by these agents."""
        return [rule for rule in self.rules
                if ("paths" not in rule or any(glob(g, path) for g in rule["paths"] for path in paths or [b"any/where"]
                                               if paths or g == "**"))
                and ("targets" not in rule or any(fnmatch.fnmatchcase(target, g) for g in rule["targets"]))
                and ("agents" not in rule or set(rule["agents"]) & agents)]


def load(store, tree):
    """The policy in a tree; raises Invalid where it has a mistake or a file is missing."""
    entries = store.entries(tree)
    need(all(entries.get(path, ("", ""))[0] == "100644" for path in FILES), "a file is missing")
    return Policy(*(store.blob(entries[path][1]) for path in FILES))


def _signers(data):
    keys = {}
    for line in data.decode("utf-8", "replace").splitlines():
        if not line or line.startswith("#"):
            continue
        found = re.fullmatch(r'([a-z0-9._+@-]{3,128})(?: (\S*="[^" ]*"(?:,\S*="[^" ]*")*))? (\S+) (\S+)(?: .*)?', line)
        need(found, "a line of allowed_signers")
        options = dict(re.findall(r'([a-z-]+)="([^"]*)"', found[2] or ""))
        need(set(options) <= {"namespaces", "valid-after", "valid-before"}, "an option")
        key = lines.fingerprint(base64.b64decode(found[4]))
        need(key not in keys, "a key twice")
        keys[key] = Key(found[1], options["namespaces"].split(",") if "namespaces" in options else [],
                        _time(options.get("valid-after"), 0), _time(options.get("valid-before"), 2**60),
                        found[3].startswith("sk-"))
    return keys


def _time(text, default):
    if text is None:
        return default
    need(re.fullmatch("[0-9]{14}Z", text), "a time")
    return lines.seconds(f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:]}")


def _revoked(data):
    rows = data.decode("utf-8", "replace").splitlines()
    need(rows and rows[0] == "# countersign-revoked-v1", "revoked_keys")
    for row in rows[1:]:
        need(not row or row.startswith("#") or re.match("SHA256:[A-Za-z0-9+/]{43}( |$)", row), "revoked_keys")
    return {row.split(" ")[0] for row in rows[1:] if row.startswith("SHA256:")}
