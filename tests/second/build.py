"""Making a bare repository and signed statements quickly: objects are written as git stores them."""
import base64
import hashlib
import json
import os
import time
import zlib

import curve
import lines

NAMES = ["alice", "bob", "carol", "dave", "erin", "frank", "alice2", "bob2", "dave-sk", "coder", "mallory"]
SEEDS = {name: hashlib.sha256(b"second verifier " + name.encode()).digest() for name in NAMES}
POLICY_FILES = [".countersign/policy.toml", ".countersign/allowed_signers", ".countersign/revoked_keys"]


def blob(name):
    """The public key of a name, as SSH writes it; a name that ends in -sk is a security key's."""
    if name.endswith("-sk"):
        return lines.pack(lines.SK, curve.public(SEEDS[name]), b"ssh:")
    return lines.pack(b"ssh-ed25519", curve.public(SEEDS[name]))


def keyid(name):
    """The fingerprint of a name's key."""
    return lines.fingerprint(blob(name))


def sshsig(name, message, namespace, flags=1, algorithm="sha512"):
    """The raw SSHSIG of a message by a name's key."""
    digest = hashlib.new(algorithm, message).digest()
    signed = b"SSHSIG" + lines.pack(namespace.encode(), b"", algorithm.encode(), digest)
    if name.endswith("-sk"):
        tail = bytes([flags, 0, 0, 0, 7])
        whole = hashlib.sha256(b"ssh:").digest() + tail + hashlib.sha256(signed).digest()
        signature = lines.pack(lines.SK, curve.sign(SEEDS[name], whole)) + tail
    else:
        signature = lines.pack(b"ssh-ed25519", curve.sign(SEEDS[name], signed))
    rest = lines.pack(blob(name), namespace.encode(), b"", algorithm.encode(), signature)
    return b"SSHSIG\0\0\0\1" + rest


def armour(name, data):
    """The armoured signature of a commit or tag."""
    text = base64.b64encode(sshsig(name, data, "git")).decode()
    rows = [text[i:i + 70] for i in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *rows, "-----END SSH SIGNATURE-----"])


def stamp(at):
    """A time as statements write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


class Builder:
    """A bare repository in the making; it remembers what every commit holds."""

    def __init__(self, path):
        self.path, self.files, self.parents, self.trees = path, {}, {}, {}
        for folder in ("objects/pack", "objects/info", "refs/heads"):
            os.makedirs(os.path.join(path, folder))
        self.write("HEAD", b"ref: refs/heads/main\n")
        self.write("config", b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n")

    def write(self, name, data):
        """Writes a file of the repository, with its folders."""
        whole = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "wb") as file:
            file.write(data)

    def put(self, kind, data):
        """Stores an object and gives its id."""
        data = f"{kind} {len(data)}".encode() + b"\0" + data
        oid = hashlib.sha1(data).hexdigest()
        name = f"objects/{oid[:2]}/{oid[2:]}"
        if not os.path.exists(os.path.join(self.path, name)):
            self.write(name, zlib.compress(data, 1))
        return oid

    def tree(self, files):
        """Stores a tree of {path: (mode, bytes)}."""
        folders, entries = {}, []
        for path, (mode, data) in files.items():
            top, _, rest = path.partition("/")
            if rest:
                folders.setdefault(top, {})[rest] = (mode, data)
            else:
                entries.append((top.encode(), mode, data if mode == "160000" else self.put("blob", data)))
        entries += [(name.encode() + b"/", "40000", self.tree(inner)) for name, inner in folders.items()]
        return self.put("tree", b"".join(
            f"{mode} ".encode() + name.rstrip(b"/") + b"\0" + bytes.fromhex(oid)
            for name, mode, oid in sorted(entries)))

    def commit(self, files, parents, author, committer, message, at, signer=None):
        """Stores a commit by two addresses, signed by a name's key where one is given."""
        tree = self.tree(files)
        head = [f"tree {tree}"] + [f"parent {parent}" for parent in parents]
        head += [f"author Somebody <{author}> {at} +0000", f"committer Somebody <{committer}> {at} +0000"]
        data = ("\n".join(head) + "\n\n" + message).encode()
        if signer:
            head.append("gpgsig " + armour(signer, data).replace("\n", "\n "))
            data = ("\n".join(head) + "\n\n" + message).encode()
        oid = self.put("commit", data)
        self.files[oid], self.parents[oid], self.trees[oid] = dict(files), list(parents), tree
        return oid

    def tag(self, name, oid, message, at, signer=None):
        """Stores an annotated tag on a commit, signed by a name's key where one is given."""
        data = (f"object {oid}\ntype commit\ntag {name}\ntagger Somebody <s@corp.example> {at} +0000\n\n"
                + message).encode()
        return self.put("tag", data + (armour(signer, data) + "\n").encode() if signer else data)

    def lose(self, data):
        """Takes a blob out of the store."""
        oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        os.remove(os.path.join(self.path, f"objects/{oid[:2]}/{oid[2:]}"))

    def ref(self, name, oid):
        """Sets a ref."""
        self.write(name, oid.encode() + b"\n")

    def between(self, base, head):
        """The commits reachable from one commit and not from another."""
        def reach(oid):
            found, waiting = set(), [oid]
            while waiting:
                oid = waiting.pop()
                if oid not in found:
                    found.add(oid)
                    waiting.extend(self.parents[oid])
            return found
        return reach(head) - reach(base)

    def unreadable(self, base, head):
        """The changed paths that nobody can read, and whether it is a submodule."""
        old, new = self.files[base], self.files[head]
        return [(path, mode == "160000") for path in old.keys() | new.keys() if old.get(path) != new.get(path)
                for mode, data in filter(None, (old.get(path), new.get(path)))
                if mode == "160000" or mode != "120000" and (b"\0" in data or data.startswith(b"version https://git-lfs"))]

    def content(self, base, head):
        """The content digest of a change and its number of files."""
        old, new = self.files[base], self.files[head]
        paths = sorted((p for p in old.keys() | new.keys() if old.get(p) != new.get(p)), key=str.encode)
        total = hashlib.sha256(b"countersign.change-content.v1\0")
        for path in paths:
            record = _sized(path.encode())
            for files in (old, new):
                mode, data = files.get(path, ("0", None))
                content = ("0" * 64 if data is None else "gitlink:" + data if mode == "160000"
                           else hashlib.sha256(data).hexdigest())
                record += _sized(mode.encode()) + _sized(content.encode())
            total.update(_sized(record))
        return total.hexdigest(), len(paths)

    def policy_digest(self, oid):
        """The digest of the policy at a commit."""
        files = self.files[oid]
        return hashlib.sha256(b"countersign.policy.v1\0" + b"".join(
            _sized(path.encode()) + _sized(files[path][1]) for path in POLICY_FILES if path in files)).hexdigest()


def _sized(data):
    return len(data).to_bytes(8, "big") + data


def toml(policy):
    """The text of a policy model: {table: {key: value}}, where `rule` is a list of tables."""
    def table(name, values):
        return f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    text = "".join(f"{key} = {json.dumps(policy[key])}\n" for key in ("schema", "version", "repository"))
    for name, value in policy.items():
        if name in ("people", "agents", "roles", "target", "deployable"):
            text += "".join(table(f"{name}.{json.dumps(inner)}", values) for inner, values in value.items())
        elif name == "rule":
            text += "".join("[" + table("rule", values).replace("]\n", "]]\n", 1) for values in value)
        elif isinstance(value, dict):
            text += table(name, value)
    return text.encode()
