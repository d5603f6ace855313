"""What there is no answer without: the root's trust, the notes as they were seen (formats, §5, §7.3, §7.7)."""
import lines
import policy as policies
from content import Content
from evidence import Evidence
from git import Missing
from history import NoAnswer


class Log(Content):
    """The chain of policies and the log of statements."""

    def trusted(self):
        """Raises where the policy at the base does not follow from the root."""
        if self.base not in self.main and self.root not in self.store.chain(self.base):
            raise NoAnswer("E-POLICY-ROOT")
        if self.base in self.main and self.root not in self.main[self.main.index(self.base):]:
            raise NoAnswer("E-POLICY-ROOT")
        if self.policy(self.root) is None:
            raise NoAnswer("E-POLICY-INVALID")

    def chain(self):
        """Raises where a change of the policy between the root and the base is not approved."""
        changed = [step for step in self.steps(self.root, self.base) if step.touches]
        if any(self.policy(step.oid) is None for step in changed):
            raise NoAnswer("E-POLICY-INVALID")
        for step in changed:
            if not step.valid or not self.once_approved(step):
                raise NoAnswer("E-POLICY-ROOT")

    def once_approved(self, step):
        """The same question of a step before the base, as of the days of its verdicts."""
        policy, run = step.policy, (step,)
        kept, evidence = self.evidence(policy), Evidence(self.lines, policy, policy.revoked, None)
        self.evidences[id(policy)] = evidence
        objections, rule = self.objections(run, self.matching(run)), {**policy.change, "max_age": "99999d"}
        covering = [(s, self.carried(s, run)) for s in evidence.approvals()]
        fitting = [(s, level) for s, level in covering if level and self.usable(s, run, evidence)
                   and not self.vetoed(s, run, objections) and self.counts(s, rule, level, run)]
        denied = any(self.denies(run, objection) for objection in objections)
        self.evidences[id(policy)] = kept
        for lost in self.lost({s.digest: (s, level) for s, level in fitting}):
            raise NoAnswer(lost)
        return not denied and len({evidence.who(s) for s, _ in fitting}) >= rule["approvals"]

    def pinned(self, policy):
        """docs/gate.md, pins: a notes commit that was seen once has to be in the history."""
        pin = self.question.pin
        if pin is None and policy and policy.data.get("log", {}).get("pins") == "required":
            raise NoAnswer("E-PIN-MISSING")
        if pin is not None and pin not in self.history:
            raise NoAnswer("E-LOG-REWOUND" if self.shares(pin) else "E-LOG-UNRELATED")

    def checkpointed(self, policy):
        """§5. Before the newest good checkpoint only the tree of its commit is read."""
        found = [s for s in self.lines if policy and s.kind == lines.CHECKPOINT and s.strict and s.digest not in policy.ignored
                 and policy.who(s.key) in policy.holders(policy.change["from"]) and self.fresh(s, policy)]
        longest = policy.data.get("log", {}).get("checkpoint_max_age", "off") if policy else "off"
        newest = max(found, key=lambda s: s.said["issuedAt"], default=None)
        if longest != "off" and (not newest or lines.seconds(newest.said["issuedAt"]) + policies.age(longest) < self.now):
            raise NoAnswer("E-CHECKPOINT-STALE")
        tip = self.refs.get(self.policy(self.root).scope.get("notes", "refs/notes/countersign"))
        there = {s.digest for s in self.held({tip})} if found else set()
        kept = [s for s in found if s.digest in there]  # one that was taken out says when somebody looked, and hides nothing
        if kept:
            at = max(kept, key=lambda s: s.said["issuedAt"]).said["notesCommit"]
            self.lines, self.evidences = self.held({at} | self.history - self.store.ancestors([at])), {}

    def fresh(self, s, policy):
        """§5. Whether a checkpoint is for this log, holds what it says, and has not expired."""
        at, issued = s.said["notesCommit"], lines.seconds(s.said["issuedAt"])
        return (at in self.history and len(self.held({at})) == s.said["statements"] and s.subject == at
                and s.said["repository"]["id"] == policy.repository and issued <= self.now + 300
                and s.said["reviewer"]["principal"] == policy.keys[s.key].principal
                and policy.good(s.key, self.evidence(policy).revoked, issued, self.now)
                and self.now < lines.seconds(s.said["expiresAt"]))

    def lost(self, counted):
        """What counted approvals had seen and is not here."""
        digests = {s.digest for s in self.lines if s.strict or s.said and s.kind == lines.VERDICT
                   and s.said["verdict"] in ("reject", "withdraw")}
        lost = []
        for log in (s.said["log"] for s, _ in counted.values()):
            if log.get("head") not in self.history | {None}:
                lost.append("E-LOG-REWOUND" if self.shares(log["head"]) else "E-LOG-UNRELATED")
            elif not set(log.get("seen", [])) <= digests:
                lost.append("E-EVIDENCE-MISSING")
        return lost

    def shares(self, tip):
        """Whether notes that somebody saw have a commit in common with those here; so it is said where nobody knows."""
        try:
            return not self.history or bool(self.store.ancestors([tip]) & self.history)
        except Missing:
            return True

    def unreadable(self, steps, parts):
        """Raises where somebody who may review said something here that cannot be read."""
        here = set().union(*(step.commits for step in steps))
        here |= {s.said["head"]["gitCommit"] for _, found in parts for s, _ in found.counted or []}
        for policy in {id(step.policy): step.policy for step in steps if step.policy}.values():
            roles = {role for rule in policy.rules + [policy.change] for role in rule["from"]}
            for s in self.evidence(policy).said:
                if (s.kind not in lines.SHAPES and s.subject in here and s.key not in self.evidence(policy).revoked
                        and policy.who(s.key) in policy.holders(roles)):
                    raise NoAnswer("E-UNREADABLE-STATEMENT")
