"""Who made a run, who says so, and whether it is under review at all (formats, §2, §6 scope, §7.5)."""
import re

import lines
from evidence import Evidence
from history import MARKERS, History


class Origin(History):
    """What commits, cover letters and statements say about where a run comes from."""

    def named(self, policy, oids):
        """The people who made commits, by every address on them, with the operators of agents."""
        found = set()
        for oid in oids:
            for email in self.addresses(oid):
                agent = policy.machine.get(email)
                found.add(policy.email.get(email) or agent and policy.agents[agent].get("operator"))
            commit = self.store.commit(oid)
            signed = lines.armoured(commit.signature, commit.signed) if commit.signature else None
            found.add(signed and policy.who(signed.key))
        return found - {None}

    def proposals(self, run):
        """The cover letters of a run's head and of every head that an approval brings here: (letter, signer)."""
        heads = {s.said["head"]["gitCommit"] for s in self.evidence(run[0].policy).said
                 if s.kind == lines.VERDICT and s.strict and s.said["verdict"] == "approve" and self.carried(s, run)
                 and self.honest(s) and not self.relanded(s, run)}
        return [self.letters[head] for head in heads | {run[-1].oid} if head in self.letters]

    def claimed(self, policy, run):
        """The people who a cover letter says run the agent."""
        found = set()
        for letter, key in self.proposals(run):
            agents = set(re.findall(r"(?m)^Agent: *(\S+)", letter)) & set(policy.agents)
            signer = policy.keys[key].principal if key in policy.keys else None
            agents |= {name for name, agent in policy.agents.items() if signer and agent.get("principal") == signer}
            found |= {policy.agents[agent].get("operator") for agent in agents}
            found |= {policy.person.get(who) for who in re.findall(r"(?m)^Operator: *(\S+)", letter)}
        return found - {None}

    def agents(self, policy, run):
        """The agents that a run names, by an address on a commit or in a cover letter."""
        oids = set().union(*(step.commits for step in run))
        said = {name for letter, _ in self.proposals(run) for name in re.findall(r"(?m)^Agent: *(\S+)", letter)}
        return said | {policy.machine.get(email) for oid in oids for email in self.addresses(oid)} - {None}

    def marked(self, policy, oid):
        """Whether a commit carries an AI marker."""
        return bool(self.addresses(oid) & (set(MARKERS) | set(policy.machine)))

    def exempt(self, run):
        """Whether nobody has to approve a run by the ordinary rules."""
        policy, oids = run[0].policy, set().union(*(step.commits for step in run))
        mode = policy.scope.get("mode", "unless-human-signed")
        if mode == "all" or any(self.marked(policy, oid) for oid in oids if mode == "unless-human-signed"):
            return False
        if mode == "flagged":
            return not (any(self.marked(policy, oid) for oid in oids) or self.spoken(run) or self.flagged(run))
        if all(self.human(policy, oid) for oid in oids):
            return True
        here = self.digest(run[0].parent, run[-1].oid)
        return bool(self.changes(run[0].parent, run[-1].oid)) and any(
            commits and self.digest(base, head) == here and all(self.human(policy, oid) for oid in commits)
            and not re.search(r"(?m)^(Agent|Model): *\S", self.letters.get(head, ("", None))[0])
            for base, head, commits in self.revisions(run[0].parent))

    def spoken(self, run):
        """Whether somebody with a known key said something of what a run brings."""
        oids, here = set().union(*(step.commits for step in run)), self.digest(run[0].parent, run[-1].oid)
        return any(s.said["head"]["gitCommit"] in oids or s.said["content"]["sha256"] == here
                   or s.strict and s.said["verdict"] in ("approve", "reject") and self.is_content(s, run)
                   for s in self.evidence(run[0].policy).said if s.key in run[0].policy.keys and s.said
                   and s.kind == lines.VERDICT and (s.strict or s.said["verdict"] in ("reject", "withdraw")))

    def flagged(self, run):
        """Whether a step of a run carries the content of a marked revision in the queue."""
        for base, head, commits in self.revisions(self.candidate):
            claims = re.search(r"(?m)^(Agent|Model): *\S", self.letters.get(head, ("", None))[0])
            if claims and any(head in step.commits for step in run):
                return True
            if (claims or any(self.marked(run[0].policy, oid) for oid in commits)) and self.changes(base, head):
                singles = sum(len(self.store.commit(oid).parents) < 2 for oid in commits)
                for k in {1, singles}:
                    for i, last in enumerate(self.main[:-k]):
                        if (self.digest(self.main[i + k], last) == self.digest(base, head)
                                and {step.oid for step in run} & set(self.main[i:i + k])):
                            return True
        return False

    def human(self, policy, oid):
        """Whether an exempt person wrote and signed a commit, with a key that is good now."""
        commit, exempt = self.store.commit(oid), policy.scope.get("exempt_humans", [])
        if not commit.signature or policy.email.get(commit.author) not in exempt:
            return False
        found = lines.armoured(commit.signature, commit.signed)
        return (found is not None and found.namespace == "git" and policy.who(found.key) in exempt
                and policy.valid(found.key, self.evidence(policy).revoked, "git", self.now))

    def disqualified(self, s, run):
        """The people whose approval of this run would be their own work's."""
        policy, said = run[0].policy, s.said
        base, head = said["base"]["gitCommit"], said["head"]["gitCommit"]
        found = self.named(policy, self.store.ancestors([head], [base])) | self.claimed(policy, run)
        if base not in self.main:
            side = set().union(*(step.commits for step in run)) - {step.oid for step in run}
            found |= self.named(policy, side)
        return found

    def evidence(self, policy):
        """The evidence under a policy, with all that is revoked there, at the candidate and at the tip."""
        if id(policy) not in self.evidences:
            tips = [self.candidate, self.refs.get(self.target)]
            later = [self.policy(tip) for tip in tips if tip]
            revoked = policy.revoked.union(*(p.revoked for p in later if p))
            self.evidences[id(policy)] = Evidence(self.lines, policy, revoked, self.now)
        return self.evidences[id(policy)]

    def seconds(self, policy, rule, oids, run):
        """How many people more a rule asks because nobody vouches for who made the change."""
        known = policy.email.keys() | policy.machine.keys() | set(MARKERS)
        unknown = any(self.addresses(oid) - known for oid in oids)
        signed = any(key and policy.who(key) and policy.valid(key, self.evidence(policy).revoked, "git", self.now)
                     for _, key in self.proposals(run))
        return (rule["unsigned_proposal"] == "second" and not signed) + (rule["unknown_author"] == "second" and unknown)
