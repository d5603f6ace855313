"""Reading a repository with nothing but git's own plumbing: objects, trees, refs, one file merge."""
import collections
import hashlib
import os
import subprocess
import tempfile

Commit = collections.namedtuple("Commit", "oid tree parents author committer at message signature signed")
ENVIRONMENT = {
    "PATH": os.environ["PATH"], "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": "/dev/null",
}


class Missing(Exception):
    """An object that is needed is not in the repository."""


class Store:
    """The objects and refs of one repository, which is small: all of it is read at once."""

    def __init__(self, path):
        self.path = path
        self.known, self.trees, self.commits = {}, {}, {}
        data, at = self._git("cat-file", "--batch-all-objects", "--batch", "--unordered"), 0
        while at < len(data):
            end = data.index(b"\n", at)
            oid, kind, size = data[at:end].decode().split(" ")
            self.known[oid] = kind, data[end + 1:end + 1 + int(size)]
            at = end + int(size) + 2

    def refs(self):
        """Every ref and the object it names."""
        text = self._git("for-each-ref", "--format=%(refname) %(objectname)")
        return dict(line.split(" ") for line in text.decode().splitlines())

    def _git(self, *words):
        return subprocess.run(["git", "--git-dir", self.path, *words], env=ENVIRONMENT, check=True,
                              stdout=subprocess.PIPE).stdout

    def restore(self, data):
        """Adds a blob that the repository lacks."""
        self.known[hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()] = "blob", data

    def read(self, oid):
        """The kind and the bytes of an object."""
        if oid not in self.known:
            raise Missing(oid)
        return self.known[oid]

    def blob(self, oid):
        """The bytes of a blob."""
        return self.read(oid)[1]

    def commit(self, oid):
        """A commit, with its SSH signature and the bytes that were signed, where it has one."""
        if oid not in self.commits:
            kind, data = self.read(oid)
            if kind != "commit":
                raise Missing(oid)
            self.commits[oid] = _commit(oid, data)
        return self.commits[oid]

    def entries(self, tree, prefix=b""):
        """The leaves below a tree: {path: (mode, oid)}."""
        if (tree, prefix) not in self.trees:
            found, data, at = {}, self.read(tree)[1], 0
            while at < len(data):
                end = data.index(b"\0", at)
                mode, name = data[at:end].split(b" ", 1)
                oid, at = data[end + 1:end + 21].hex(), end + 21
                if mode == b"40000":
                    found.update(self.entries(oid, prefix + name + b"/"))
                else:
                    found[prefix + name] = (mode.decode(), oid)
            self.trees[tree, prefix] = found
        return self.trees[tree, prefix]

    def changes(self, old, new):
        """The paths that differ between two trees: {path: (old entry or None, new entry or None)}."""
        if old == new:
            return {}
        old, new = self.entries(old), self.entries(new)
        return {path: (old.get(path), new.get(path))
                for path in old.keys() | new.keys() if old.get(path) != new.get(path)}

    def chain(self, oid):
        """The first-parent chain of a commit, newest first."""
        while oid:
            yield oid
            parents = self.commit(oid).parents
            oid = parents[0] if parents else None

    def ancestors(self, tips, without=()):
        """All commits reachable from the tips and not from those in `without`."""
        hidden = self.ancestors(without) if without else set()
        seen, waiting = set(), list(tips)
        while waiting:
            oid = waiting.pop()
            if oid not in seen and oid not in hidden:
                seen.add(oid)
                waiting.extend(self.commit(oid).parents)
        return seen

    def merge_file(self, old, ours, theirs):
        """The clean three-way merge of three contents, or None."""
        with tempfile.TemporaryDirectory() as place:
            names = [os.path.join(place, name) for name in ("ours", "old", "theirs")]
            for name, data in zip(names, (ours, old, theirs)):
                with open(name, "wb") as file:
                    file.write(data)
            done = subprocess.run(["git", "merge-file", "-p", "-q", *names], env=ENVIRONMENT, cwd=place,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        return done.stdout if done.returncode == 0 else None


def _commit(oid, data):
    head, _, message = data.partition(b"\n\n")
    fields, signature, kept, name = collections.defaultdict(list), [], [], None
    for line in head.split(b"\n"):
        if not line.startswith(b" "):
            name, _, value = line.partition(b" ")
            fields[name].append(value)
        elif name == b"gpgsig":
            signature.append(line[1:])
        if name == b"gpgsig":
            continue
        kept.append(line)
    armour = b"\n".join(fields[b"gpgsig"] + signature) if fields[b"gpgsig"] else None
    return Commit(oid, fields[b"tree"][0].decode(), [p.decode() for p in fields[b"parent"]],
                  _email(fields[b"author"][0]), _email(fields[b"committer"][0]),
                  int(fields[b"committer"][0].split(b" ")[-2]),
                  message.decode("utf-8", "replace"), armour, b"\n".join(kept) + b"\n\n" + message)


def _email(person):
    return person.partition(b"<")[2].partition(b">")[0].lower().decode("utf-8", "replace")
