"""Files for one reader: age v1 with X25519 recipients (age-encryption.org/v1), streamed in constant memory.

A file that is made here opens with the `age` command and the other way round. Keys are raw 32 bytes; `recipient_text` and
`identity_text` give the forms that people pass to the command.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sync_protocol.cutting import cut

CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
HEADER_LIMIT = 64 * 1024
_VERSION = b"age-encryption.org/v1"
_FILE_KEY_BYTES = 16
_NONCE_BYTES = 16
_KEY_BYTES = 32
_ONCE = bytes(12)  # the wrapping key serves once, so one nonce is enough
_COLUMNS = 64


class NotAnAgeFile(Exception):
    """The bytes are not an age file, or it was changed, cut off or continued."""


class NotForUs(NotAnAgeFile):
    """None of the given keys opens it."""


def encrypt(
    recipients: Sequence[bytes], chunks: Iterable[bytes], randomness: Callable[[int], bytes]
) -> Iterator[bytes]:
    """Seal a stream to raw X25519 public keys. Yields the header, then the payload chunk by chunk."""
    file_key = randomness(_FILE_KEY_BYTES)
    head = _VERSION + b"\n" + b"".join(_stanza(key, file_key, randomness) for key in recipients) + b"---"
    yield head + b" " + _b64(_mac(file_key, head)) + b"\n"
    nonce = randomness(_NONCE_BYTES)
    yield nonce
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    for counter, (chunk, last) in enumerate(cut(iter(chunks), CHUNK_BYTES)):
        yield cipher.encrypt(_chunk_nonce(counter, last), chunk, None)


def decrypt(private_keys: Sequence[bytes], chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Open a stream with raw X25519 private keys.

    What was yielded before a failure is authentic but not whole. Raises: NotForUs, NotAnAgeFile; the header's at once.
    """
    source = _Source(chunks)
    stanzas, head, mac = _read_header(source)
    file_key = _file_key(private_keys, stanzas)
    if not hmac.compare_digest(_mac(file_key, head), mac):
        raise NotAnAgeFile("the header was changed")
    nonce = source.take(_NONCE_BYTES)
    if len(nonce) != _NONCE_BYTES:
        raise NotAnAgeFile("cut off behind the header")
    return _payload(ChaCha20Poly1305(_derived(file_key, nonce, b"payload")), source)


def _payload(cipher: ChaCha20Poly1305, source: _Source) -> Iterator[bytes]:
    for counter, (sealed, last) in enumerate(cut(source.rest(), CHUNK_BYTES + TAG_BYTES)):
        try:
            chunk = cipher.decrypt(_chunk_nonce(counter, last), sealed, None)
        except (InvalidTag, ValueError) as error:
            raise NotAnAgeFile(f"chunk {counter} does not open") from error
        if not chunk and counter:
            raise NotAnAgeFile("an empty chunk at the end")
        yield chunk


def _stanza(recipient: bytes, file_key: bytes, randomness: Callable[[int], bytes]) -> bytes:
    ephemeral = X25519PrivateKey.from_private_bytes(randomness(_KEY_BYTES))
    share = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient))
    body = ChaCha20Poly1305(_wrapping_key(shared, share, recipient)).encrypt(_ONCE, file_key, None)
    return b"-> X25519 " + _b64(share) + b"\n" + _b64(body) + b"\n"


def _file_key(private_keys: Sequence[bytes], stanzas: Sequence[tuple[list[bytes], bytes]]) -> bytes:
    for arguments, body in stanzas:
        if arguments[0] != b"X25519":
            continue
        if len(arguments) != 2 or len(body) != _FILE_KEY_BYTES + TAG_BYTES:
            raise NotAnAgeFile("a stanza of another form")
        share = _unb64(arguments[1])
        for raw in private_keys:
            private = X25519PrivateKey.from_private_bytes(raw)
            try:
                shared = private.exchange(X25519PublicKey.from_public_bytes(share))
                key = _wrapping_key(shared, share, private.public_key().public_bytes_raw())
                return ChaCha20Poly1305(key).decrypt(_ONCE, body, None)
            except InvalidTag:
                continue
            except ValueError as error:
                raise NotAnAgeFile("a stanza of another form") from error
    raise NotForUs("sealed to somebody else")


def _read_header(source: _Source) -> tuple[list[tuple[list[bytes], bytes]], bytes, bytes]:
    """The stanzas (arguments, body), the bytes that the MAC covers, the MAC."""
    head = source.line()
    stanzas: list[tuple[list[bytes], bytes]] = []
    if head != _VERSION + b"\n":
        raise NotAnAgeFile("no age file of version 1")
    while True:
        line = source.line()
        if line.startswith(b"--- "):
            return stanzas, head + b"---", _unb64(line[4:-1])
        if not line.startswith(b"-> "):
            raise NotAnAgeFile("a header of another form")
        head += line
        arguments, body = line[3:-1].split(b" "), b""
        while True:
            line = source.line()
            head += line
            body += line[:-1]
            if len(line) <= _COLUMNS:
                break
            if len(line) > _COLUMNS + 1:
                raise NotAnAgeFile("a line that is too long")
        stanzas.append((arguments, _unb64(body)))


def _wrapping_key(shared: bytes, share: bytes, recipient: bytes) -> bytes:
    return _derived(shared, share + recipient, b"age-encryption.org/v1/X25519")


def _mac(file_key: bytes, head: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), head, "sha256")


def _derived(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt=salt, info=info).derive(secret)


def _chunk_nonce(counter: int, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _b64(raw: bytes) -> bytes:
    return base64.b64encode(raw).rstrip(b"=")


def _unb64(text: bytes) -> bytes:
    """Base64 without padding, in its one form."""
    try:
        raw = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise NotAnAgeFile("not base64") from error
    if _b64(raw) != text:
        raise NotAnAgeFile("not base64 in its one form")
    return raw


class _Source:
    """A stream of bytes that is read by lines first, then by lengths."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._held = b""
        self._lines_bytes = 0

    def line(self) -> bytes:
        """The next line with its end. Raises: NotAnAgeFile, if there is none within the limit of a header."""
        while b"\n" not in self._held:
            chunk = next(self._chunks, None)
            if chunk is None or len(self._held) > HEADER_LIMIT:
                raise NotAnAgeFile("the header has no end")
            self._held += chunk
        line, _, self._held = self._held.partition(b"\n")
        self._lines_bytes += len(line) + 1
        if self._lines_bytes > HEADER_LIMIT:
            raise NotAnAgeFile("the header is too long")
        return line + b"\n"

    def take(self, size: int) -> bytes:
        """The next bytes; fewer, if the stream ends."""
        while len(self._held) < size and (chunk := next(self._chunks, None)) is not None:
            self._held += chunk
        found, self._held = self._held[:size], self._held[size:]
        return found

    def rest(self) -> Iterator[bytes]:
        """All that is left."""
        if self._held:
            yield self._held
            self._held = b""
        yield from self._chunks


def recipient_text(public: bytes) -> str:
    """`age1…`: what `age -r` takes."""
    return _bech32("age", public)


def identity_text(private: bytes) -> str:
    """`AGE-SECRET-KEY-1…`: what a file for `age -i` holds."""
    return _bech32("age-secret-key-", private).upper()


def recipient_of(text: str) -> bytes:
    """The raw public key behind `age1…`. Raises: ValueError, for a slip of the pen as well."""
    return _unbech32("age", text.strip())


def identity_of(text: str) -> bytes:
    """The raw private key in what `age-keygen` wrote: the line that begins AGE-SECRET-KEY-1. Raises: ValueError."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) != 1:
        raise ValueError("one key of the form AGE-SECRET-KEY-1… is expected")
    return _unbech32("age-secret-key-", lines[0].lower())


_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def _bech32(prefix: str, raw: bytes) -> str:
    bits = int.from_bytes(raw, "big") << (-len(raw) * 8 % 5)
    count = -(-len(raw) * 8 // 5)
    data = [bits >> 5 * (count - 1 - n) & 31 for n in range(count)]
    check = _checksum(prefix, [*data, 0, 0, 0, 0, 0, 0])
    return prefix + "1" + "".join(_LETTERS[n] for n in [*data, *(check >> 5 * (5 - n) & 31 for n in range(6))])


def _unbech32(prefix: str, text: str) -> bytes:
    begin, body = f"{prefix}1", text[len(prefix) + 1 :]
    if not text.startswith(begin) or len(body) != 52 + 6 or not set(body) <= set(_LETTERS):
        raise ValueError(f"a key of age begins with {begin} and has {len(begin) + 58} characters")
    data = [_LETTERS.index(c) for c in body]
    if _checksum(prefix, data) != 0:
        raise ValueError("a letter of the key is wrong")
    bits = 0
    for value in data[:-6]:
        bits = bits << 5 | value
    if bits & 15:
        raise ValueError("a letter of the key is wrong")
    return (bits >> 4).to_bytes(_KEY_BYTES, "big")


def _checksum(prefix: str, data: Sequence[int]) -> int:
    check = 1
    for value in [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix), *data]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for n, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> n & 1 else 0
    return check ^ 1
