"""What the content of a run asks: its risk, what nobody can read, paths that deceive (formats, §6; docs/gate.md)."""
import collections
import hashlib
import re

import policy as policies
from exceptions import Exceptions
from history import f

RISKS = ["low", "medium", "high", "critical"]
hazard = re.compile(rb"(?i)(^|/)\.git(/|$)|[\x00-\x1f\x7f]|(^|/)(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.[^/]*)?(/|$)")


def slashes(path):
    """Where the folders of a path end."""
    return [at for at, byte in enumerate(path) if byte == 47]


def finding(path, link):
    """§3. The id of the finding that a file cannot be read; docs/risk.md has the names of the rules."""
    parts = (b"countersign", b"hid.mode-link" if link else b"hid.opaque", path, b"", b"", b"1")
    return hashlib.sha256(b"countersign.finding.v1\0" + b"".join(map(f, parts))).hexdigest()[:16]


class Content(Exceptions):
    """Runs by what they change."""

    def level(self, run):
        """§6, Risk level: the gate's own; what is certain of it, or the worst that it may be."""
        parent, last, policy = run[0].parent, run[-1].oid, run[0].policy
        found = self.worse(run)
        found = max(found, 2) if self.unreadable_paths(parent, last) else found
        found += any(policies.glob(g, path) for g in policy.critical for path in self.changes(parent, last))
        return min(found, 3)

    def worse(self, run):
        """The level that is tried for a run whose likelihood and findings the pages leave open."""
        ends = run[0].parent, run[-1].oid
        self.unsettled[ends] = 1 if self.calm(*ends) else 3
        return dict(self.question.worse).get(ends, 0)

    def calm(self, old, new):
        """Whether a change is a little plain text, of which no finding is severe and no history is bad enough for high."""
        entries = [entry for pair in self.changes(old, new).values() for entry in pair if entry]
        return (all(mode == "100644" and len(self.store.blob(oid)) < 4000 for mode, oid in entries)
                and all(path.endswith((b".txt", b".md")) for path in self.changes(old, new)))

    def forbidden(self, run):
        """docs/gate.md: a step of more than two parents; a path that some file system takes for another."""
        before, after = (self.store.entries(self.tree(oid)) for oid in (run[0].parent, run[-1].oid))
        names = collections.Counter(folder.lower() for folder in
                                    {path[:at] for path in after for at in (*slashes(path), len(path))})
        odd = any(hazard.search(path) or any(names[path[:at].lower()] > 1 for at in (*slashes(path), len(path)))
                  for path in after.keys() - before.keys())
        return any(len(self.store.commit(step.oid).parents) > 2 for step in run), odd

    def answered(self, s, rule, run):
        """§6, `unreviewable`, `acknowledge`: whether an approval answers what it has to; ids of findings are not settled."""
        parent, last = run[0].parent, run[-1].oid
        unread, said = self.unreadable_paths(parent, last), {a["id"] for a in s.said["viewed"].get("acknowledged", [])}
        if rule["unreviewable"] == "ack" and not {finding(path, link) for path, link in unread} <= said:
            return False
        return not rule["acknowledge"] or self.calm(parent, last) or self.worse(run) < 2
