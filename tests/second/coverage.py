"""How closely an approval is about what landed, and where the range may be cut (formats, §7.5)."""
from origin import Origin


class Coverage(Origin):
    """The relation of verdicts to runs."""

    def carried(self, s, run):
        """The level at which an approval covers exactly this run, or None."""
        level = self.closest(s, run)
        return "merge" if level and s.said["target"] != self.target else level  # §6, accept_from

    def closest(self, s, run):
        """The same, whatever target the approval is for."""
        said, parent, last = s.said, run[0].parent, run[-1].oid
        base, head = said["base"]["gitCommit"], said["head"]["gitCommit"]
        if not self.spans(s, run):
            return None
        merged = self.store.commit(last).parents == [base, head] and self.tree(last) == said["head"]["gitTree"]
        if parent == base and (last == head or merged):
            return "exact"
        if (self.tree(parent), self.tree(last)) == (said["base"]["gitTree"], said["head"]["gitTree"]):
            return "tree"
        if self.digest(parent, last) == said["content"]["sha256"]:
            return "content"
        brings = self.changes(parent, last) or any(head in step.commits for step in run)
        return "merge" if brings and self.merges(base, head, parent, last) else None

    def spans(self, s, run):
        """Whether a verdict is on as many commits as a run has steps, or on exactly its ends."""
        ends = s.said["base"]["gitCommit"], s.said["head"]["gitCommit"]
        return len(run) in (1, s.said["commitCount"]) or ends == (run[0].parent, run[-1].oid)

    def honest(self, s):
        """Whether the commits that an approval names are what it says of them."""
        said = s.said
        base, head = said["base"]["gitCommit"], said["head"]["gitCommit"]
        return (self.tree(base) == said["base"]["gitTree"] and self.tree(head) == said["head"]["gitTree"]
                and self.digest(base, head) == said["content"]["sha256"])

    def relanded(self, s, run):
        """Whether what lands, or the approved change merged, landed once already since the approved base."""
        said, chain = s.said, []
        base, head = said["base"]["gitCommit"], said["head"]["gitCommit"]
        for oid in self.main[self.main.index(run[0].parent):]:
            chain.append(oid)
            if oid in (base, self.root):
                break
        here = self.digest(run[0].parent, run[-1].oid)
        if not self.changes(run[0].parent, run[-1].oid):
            return False
        commits = self.store.ancestors([head], [base])
        singles = sum(len(self.store.commit(oid).parents) < 2 for oid in commits)
        windows = [(chain[i + k], chain[i]) for k in {1, len(run), max(singles, 1)} for i in range(len(chain) - k)]
        return any(self.digest(*w) == here or self.changes(*w) and self.merges(base, head, *w) for w in windows)

    def is_content(self, r, run):
        """Whether a run brings the rejected content, as it was or merged whole into files that moved."""
        parent, last = run[0].parent, run[-1].oid
        base, head = r.said["base"]["gitCommit"], r.said["head"]["gitCommit"]
        return self.digest(parent, last) == r.said["content"]["sha256"] or (
            r.strict and self.honest(r) and self.merges(base, head, parent, last)
            and self.changes(base, head).keys() == self.changes(parent, last).keys())

    def usable(self, s, run, evidence):
        """Whether an approval may count at all for a run that it covers."""
        said = s.said
        accepted = run[0].policy.data.get("target", {}).get(self.target, {}).get("accept_from", [])
        return (said["target"] in [self.target, *accepted] and said["repository"]["policyRoot"] in self.main
                and self.honest(s) and evidence.who(s) not in self.disqualified(s, run)
                and not self.relanded(s, run))

    def runs(self, steps, i, verdicts=("approve",)):
        """The ends of the runs that may begin at step i: one step, or what a verdict spans and is about."""
        yield i + 1
        if steps[i].policy is None or steps[i].touches:
            return
        valid = [s for s in self.evidence(steps[i].policy).valid if s.said["verdict"] in verdicts]
        for j in range(i + 2, len(steps) + 1):
            if steps[j - 1].touches:
                return
            run = steps[i:j]
            if any(self.carried(s, run) if s.said["verdict"] == "approve" else self.spans(s, run)
                   and self.relation(s, run, False) in ("head", "content") for s in valid):
                yield j
