"""What is in the repository: objects, content digests, merges, the steps of a range, the queue, the notes."""
import collections
import functools
import hashlib
import re

import lines
import policy as policies

Step = collections.namedtuple("Step", "oid parent commits policy touches valid")
MARKERS = ["noreply@anthropic.com", "198982749+copilot@users.noreply.github.com", "cursoragent@cursor.com"]
MODES = ("100644", "100755")


class NoAnswer(Exception):
    """Something that is needed is missing or cannot be trusted: 3."""


def f(data):
    """Length and bytes, as digests are made of."""
    return len(data).to_bytes(8, "big") + data


class History:
    """One repository as a question sees it; every answer is computed once."""

    def __init__(self, store, question):
        self.store, self.question = store, question
        self.target, self.now = question.target, question.now
        self.base, self.candidate, self.root = question.base, question.candidate, question.root
        self.refs = store.refs()
        self.main = list(store.chain(self.candidate))
        self.digests, self.loaded, self.queue, self.letters = {}, {}, {}, {}
        for name, oid in self.refs.items():
            if re.fullmatch("refs/countersign/(queue|archive)/[0-9a-z][0-9a-z-]{1,62}/[1-9][0-9]*", name):
                self.propose(oid)
        for name in ("changes", "merges", "merge_base", "unreadable_paths"):
            setattr(self, name, functools.lru_cache(maxsize=None)(getattr(self, "_" + name)))

    def propose(self, oid):
        """§2. What a queue ref names: a commit, or a tag with a cover letter that may be signed."""
        kind, data = self.store.read(oid)
        if kind == "tag":
            oid = re.match(b"object ([0-9a-f]{40})", data)[1].decode()
            at = data.find(b"-----BEGIN SSH SIGNATURE-----")
            body = data if at < 0 else data[:at]
            signed = None if at < 0 else lines.armoured(data[at:], body)
            signer = signed.key if signed and signed.namespace == "git" else None
            self.letters[oid] = body.partition(b"\n\n")[2].decode("utf-8", "replace"), signer
        self.queue[oid] = True

    def tree(self, oid):
        """The tree of a commit."""
        return self.store.commit(oid).tree

    def _changes(self, old, new):
        """The paths that differ between two commits."""
        return self.store.changes(self.tree(old), self.tree(new))

    def digest(self, old, new):
        """§4. change-content-v1 between two commits."""
        if (old, new) not in self.digests:
            total = hashlib.sha256(b"countersign.change-content.v1\0")
            for path, pair in sorted(self.changes(old, new).items()):
                record = f(path)
                for entry in pair:
                    mode, oid = entry or ("0", "0" * 64)
                    content = ("0" * 64 if entry is None else "gitlink:" + oid if mode == "160000"
                               else hashlib.sha256(self.store.blob(oid)).hexdigest())
                    record += f(mode.encode()) + f(content.encode())
                total.update(f(record))
            self.digests[old, new] = total.hexdigest()
        return self.digests[old, new]

    def _merges(self, base, head, parent, last):
        """§7.5, `merge`: whether what landed is the approved change, merged file by file."""
        approved, landed = self.changes(base, head), self.changes(parent, last)
        before, after = self.store.entries(self.tree(parent)), self.store.entries(self.tree(last))
        return landed.keys() <= approved.keys() and all(
            self.merged(pair, before.get(path), after.get(path)) for path, pair in approved.items())

    def merged(self, pair, here, result):
        """The same for one path."""
        old, new = pair
        if here in (old, new):
            return result == new
        entries = (old, new, here, result)
        if None in entries or len({mode for mode, _ in entries}) > 1 or old[0] not in MODES:
            return False
        contents = [self.store.blob(oid) for _, oid in (old, here, new)]
        return self.store.merge_file(*contents) == self.store.blob(result[1])

    def _unreadable_paths(self, old, new):
        """§6. The paths with contents that nobody can read (binaries, LFS pointers), and whether it is a submodule."""
        return [(path, entry[0] == "160000") for path, pair in self.changes(old, new).items() for entry in pair
                if entry and (entry[0] == "160000" or entry[0] in MODES and opaque(self.store.blob(entry[1])))]

    def policy(self, oid):
        """§6. The policy at a commit, or None where it is invalid."""
        tree = self.tree(oid)
        if tree not in self.loaded:
            try:
                self.loaded[tree] = policies.load(self.store, tree)
            except policies.Invalid:
                self.loaded[tree] = None
        return self.loaded[tree]

    def steps(self, first, last):
        """§7.2. The steps after one commit of the candidate's chain up to another, oldest first."""
        chain, found = self.main[self.main.index(last):self.main.index(first) + 1][::-1], []
        for parent, oid in zip(chain, chain[1:]):
            touches = any(p.startswith(policies.FOLDER) for p in self.changes(parent, oid))
            before, after = self.policy(parent), self.policy(oid)
            valid = not touches or (before and after and after.version > before.version)
            commits = frozenset(self.store.ancestors([oid], [parent]))
            found.append(Step(oid, parent, commits, before, touches, bool(valid)))
        return tuple(found)

    def notes(self, ref):
        """§5. Every statement ever in the notes, the commits that held them, and what is in one's tree."""
        tip = self.refs.get(ref)
        if tip is None:
            return [], set()
        if self.store.read(tip)[0] != "commit":
            raise NoAnswer("E-LOG-TYPE")
        history = self.store.ancestors([tip])
        return self.held(history), history

    def held(self, commits):
        """§5. The statements in the trees of some notes commits."""
        found = {}
        for blob in sorted({blob for oid in commits for blob in self.notes_of(oid)}):
            for line in lines.split(self.store.blob(blob)):
                statement = lines.read(line)
                if statement:
                    found[statement.digest, statement.key] = statement
        return list(found.values())

    def notes_of(self, oid):
        """§5. The notes in the tree of one notes commit: any fan-out, nothing but regular files."""
        return {blob for path, (mode, blob) in self.store.entries(self.tree(oid)).items()
                if mode in MODES and re.fullmatch(b"[0-9a-f]{40}", path.replace(b"/", b""))}

    def revisions(self, beside):
        """§2. What waits or waited in the queue, as (base, head, commits) beside a commit of the target."""
        for head in self.queue:
            base = self.merge_base(beside, head)
            if base:
                yield base, head, self.store.ancestors([head], [base])

    def _merge_base(self, one, two):
        """§2. The best common ancestor: of several the newest, then the smallest."""
        common = self.store.ancestors([one]) & self.store.ancestors([two])
        below = set()
        for oid in common:
            if oid not in below:
                below |= self.store.ancestors(self.store.commit(oid).parents)
        best = common - below
        return min(best, key=lambda oid: (-self.store.commit(oid).at, oid)) if best else None

    def addresses(self, oid):
        """Every address on a commit: author, committer, co-authors."""
        commit = self.store.commit(oid)
        others = re.findall(r"(?im)^\s*co-authored-by:[^\n]*<([^<>\n]*)>", commit.message)
        return {commit.author, commit.committer} | {email.lower() for email in others}


def opaque(data):
    """Whether a blob is a binary or stands for a large file."""
    return b"\0" in data[:8000] or data.startswith(b"version https://git-lfs.github.com/spec/v1\n")
