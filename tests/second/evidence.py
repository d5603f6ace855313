"""What the notes say under one policy: who said what, and what of it stands (formats, §3, §7.4, §7.6)."""
import lines


def same_head(one, two):
    """Whether two verdicts are on the same commit."""
    return one.said["head"]["gitCommit"] == two.said["head"]["gitCommit"]


def same_content(one, two):
    """Whether two verdicts are on the same content."""
    return one.said["content"]["sha256"] == two.said["content"]["sha256"]


class Evidence:
    """The statements of people that one policy knows; `now` is None where the past is judged."""

    def __init__(self, statements, policy, revoked, now):
        self.policy, self.revoked, self.now = policy, revoked, now
        self.said = [s for s in statements if s.digest not in policy.ignored]
        self.valid = [s for s in self.said if s.said and s.kind == lines.VERDICT and self.counts(s)]
        known = {(s.digest, self.who(s)): s for s in self.valid}
        self.out = set()  # (digest, person, "head" or "content"): no longer a word on that
        for s in self.valid:
            for digest in s.said.get("supersedes", []):
                old = known.get((digest, self.who(s)))
                if old and old.digest != s.digest:
                    self.out |= {(digest, self.who(s), what) for what in self.replaced(s, old)}

    def who(self, statement):
        """The person who signed it."""
        return self.policy.who(statement.key)

    def counts(self, s):
        """§3. Known key, good when it signed; this repository; to the letter, or a restriction that reads."""
        return (self.who(s) and self.policy.good(s.key, self.revoked, lines.seconds(s.said["issuedAt"]))
                and s.said["repository"]["id"] == self.policy.repository
                and (s.strict or s.said["verdict"] in ("reject", "withdraw")))

    def permits(self, s):
        """§7.5. Whether it can allow something: to the letter, in one's own name, with a key that is good now too."""
        issued, principal = lines.seconds(s.said["issuedAt"]), self.policy.keys[s.key].principal
        return s.strict and s.said["reviewer"]["principal"] == principal and (self.now is None or (
            self.policy.good(s.key, self.revoked, issued, self.now) and issued <= self.now + 300))

    def exceptions(self, kind, target, now=0):
        """§3. The overrides or break-glasses for a target that people gave to the letter; those of the past, without `now`."""
        return [s for s in self.said if s.kind == kind and s.strict and self.who(s)
                and s.said["repository"]["id"] == self.policy.repository and s.said["target"] == target
                and (self.permits(s) if now is not None else self.policy.good(
                    s.key, self.revoked, lines.seconds(s.said["issuedAt"])))]

    def replaced(self, new, old):
        """§7.4. As a word on what (head, content) a verdict takes another of the same person out."""
        verdict, before = new.said["verdict"], old.said["verdict"]
        lifts = before in ("reject", "withdraw") and verdict in ("approve", "withdraw")
        if verdict == "comment" or before == "comment" or lifts and not self.permits(new):
            return set()
        on = {what for what, same in (("head", same_head), ("content", same_content)) if same(new, old)}
        if verdict == "approve" and before == "reject":
            return {"head", "content"} if on and new.said["target"] == old.said["target"] else set()
        return {"head", "content"} if verdict == "withdraw" else on

    def stands(self, s, what):
        """§7.4. Whether a verdict still is a word on its head or content."""
        return (s.digest, self.who(s), what) not in self.out

    def bears(self, s, other):
        """§7.4. Whether a verdict stands and is on the same head or content as another."""
        return (self.stands(s, "head") and same_head(s, other)
                or self.stands(s, "content") and same_content(s, other))

    def approvals(self):
        """§7.4. Approvals that nothing their own signer said takes back: the most restrictive holds."""
        return [s for s in self.valid if s.said["verdict"] == "approve" and self.permits(s)
                and self.stands(s, "head") and self.stands(s, "content")
                and not any(o.said["verdict"] in ("reject", "withdraw") and self.who(o) == self.who(s)
                            and self.bears(o, s) for o in self.valid)]

    def rejections(self):
        """§7.6. Rejections of which something stands."""
        return [s for s in self.valid if s.said["verdict"] == "reject"
                and (self.stands(s, "head") or self.stands(s, "content"))]

    def lifted(self, r):
        """§7.6. Whether the author of a rejection approved a later revision: its veto is over."""
        return any(self.who(s) == self.who(r) and s.said["target"] == r.said["target"]
                   and s.said["change"]["id"] == r.said["change"]["id"]
                   and s.said["change"]["revision"] > r.said["change"]["revision"] for s in self.approvals())
