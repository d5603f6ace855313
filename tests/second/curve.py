"""Ed25519 (RFC 8032) in plain Python: signing, and the strict check that the formats page asks for.

Points are kept in extended coordinates. Every point that is multiplied (the base point and the
public keys, which are few) gets a table of its multiples, so that a check takes about a millisecond.
"""
import functools
import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
NEUTRAL = (0, 1, 1, 0)


def add(p, q):
    """The sum of two points; the formula is complete, so it doubles too."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def encode(p):
    """The 32 bytes of a point."""
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(data):
    """The point of 32 bytes, or None: not on the curve, or not the one encoding of its point."""
    number = int.from_bytes(data, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


@functools.lru_cache(maxsize=64)
def table(point):
    """For each of the 43 groups of six bits of a number, the 64 multiples that it may ask for."""
    rows = []
    for _ in range(43):
        row = [NEUTRAL]
        for _ in range(64):
            row.append(add(row[-1], point))
        rows.append(row[:64])
        point = row[64]
    return rows


def times(number, point):
    """number × point, for a number below 2²⁵⁶."""
    total = NEUTRAL
    for row in table(point):
        total = add(total, row[number & 63])
        number >>= 6
    return total


def small_order(point):
    """Whether eight times the point is nothing: such a key or R is refused."""
    for _ in range(3):
        point = add(point, point)
    return encode(point) == encode(NEUTRAL)


BASE = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def _hash(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


@functools.lru_cache(maxsize=64)
def _expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:], encode(times(scalar, BASE))


def public(seed):
    """The public key of a 32-byte seed."""
    return _expand(seed)[2]


def sign(seed, message):
    """The 64 bytes of a signature; the same message gets the same one."""
    scalar, prefix, key = _expand(seed)
    r = _hash(prefix, message) % ORDER
    point = encode(times(r, BASE))
    s = (r + _hash(point, key, message) % ORDER * scalar) % ORDER
    return point + s.to_bytes(32, "little")


@functools.lru_cache(maxsize=64)
def _key(data):
    point = decode(data)
    return None if point is None or small_order(point) else point


def verify(key, message, signature):
    """Whether the signature is good: no cofactor, S below the order, no point of small order."""
    if len(key) != 32 or len(signature) != 64:
        return False
    s, point = int.from_bytes(signature[32:], "little"), _key(key)
    if s >= ORDER or point is None:
        return False
    negative = (P - point[0], point[1], 1, P - point[3])
    h = _hash(signature[:32], key, message) % ORDER
    r = add(times(s, BASE), times(h, negative))
    return encode(r) == signature[:32] and not small_order(r)
