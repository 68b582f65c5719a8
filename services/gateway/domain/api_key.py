"""API keys: a name that scanners find, 256 random bits, a checksum.

In: nothing, or a key that a client sent. Out: a new key, whether one is well formed, its digest.
"""

import hashlib
import secrets
import string
import zlib

PREFIX = "candoi_"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
# 43 characters of base 62 hold 256 bits; 6 hold a CRC-32.
_SECRET_LENGTH, _CHECK_LENGTH = 43, 6


def new_key() -> str:
    """A key that nobody can guess."""
    secret = _base62(secrets.randbits(256), _SECRET_LENGTH)
    return f"{PREFIX}{secret}{_checksum(secret)}"


def is_well_formed(key: str) -> bool:
    """Whether it can be a key at all; a typing error is found without asking the database."""
    body = key.removeprefix(PREFIX)
    secret, check = body[:_SECRET_LENGTH], body[_SECRET_LENGTH:]
    return (
        key.startswith(PREFIX)
        and len(body) == _SECRET_LENGTH + _CHECK_LENGTH
        and body.isascii()
        and secrets.compare_digest(check, _checksum(secret))
    )


def digest(key: str) -> bytes:
    """What is stored in place of the key: 32 bytes."""
    return hashlib.sha256(key.encode()).digest()


def _checksum(secret: str) -> str:
    return _base62(zlib.crc32(secret.encode()), _CHECK_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits
