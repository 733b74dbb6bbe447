"""Office documents that are encrypted as a whole: opened with their password.

MS-OFFCRYPTO, sections 2.3.4.5 to 2.3.4.15: the agile scheme of Office 2010 and
later and the standard scheme of Office 2007. The package inside is written to
the temporary folder and read as what it then turns out to be.
"""

import hashlib
import os
import struct
import tempfile
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import olefile
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from ingest.extract.context import ReadContext, RefusalError

#: With this one Excel encrypts workbooks that open without asking (MS-XLS, 2.4.191 and 2.2.9).
DEFAULT_PASSWORD = "VelvetSweatshop"  # noqa: S105 - published in the format's specification
_MAX_INFO = 64 * 1024
_MAX_SPINS = 1_000_000
_STANDARD_SPINS = 50_000
_SEGMENT = 4096
_HASHES = {"SHA1": "sha1", "SHA-1": "sha1", "SHA256": "sha256", "SHA384": "sha384", "SHA512": "sha512"}
_VERIFIER_INPUT = bytes.fromhex("fea7d2763b4b9e79")
_VERIFIER_VALUE = bytes.fromhex("d7aa0f6d3061344e")
_KEY_VALUE = bytes.fromhex("146e0be7abacd0d6")
_SPACES = {
    "e": "http://schemas.microsoft.com/office/2006/encryption",
    "p": "http://schemas.microsoft.com/office/2006/keyEncryptor/password",
}


def unlock(path: Path, context: ReadContext) -> Path:
    """The decrypted package, in the temporary folder.

    Raises:
        RefusalError: `needs_password` if the given password does not open it,
            `unsupported_format` for other schemes, `damaged`.
    """
    try:
        with olefile.OleFileIO(str(path)) as ole:
            with ole.openstream("EncryptionInfo") as stream:
                info = stream.read(_MAX_INFO)
            with ole.openstream("EncryptedPackage") as stream:
                package = stream.read(context.options.max_expanded_bytes + 8)
        for password in filter(None, (context.options.password, DEFAULT_PASSWORD)):
            data = decrypted(info, package, password)
            if data is not None:
                return _keep(data, context)
    except (OSError, ValueError, KeyError, TypeError, struct.error, etree.XMLSyntaxError) as error:
        raise RefusalError("damaged", detail="the locked package cannot be read") from error
    raise RefusalError("needs_password")


def decrypted(info: bytes, package: bytes, password: str) -> bytes | None:
    """What `package` holds, or None if the password is not the right one.

    `info` and `package` are the streams `EncryptionInfo` and `EncryptedPackage`.
    Raises ValueError, KeyError, TypeError, struct.error or XMLSyntaxError where
    they are not as the specification wants them, RefusalError for other schemes.
    """
    scheme = _scheme(info)
    key = scheme.key(password)
    return None if key is None else scheme.decrypt(key, package)


def _keep(data: bytes, context: ReadContext) -> Path:
    context.expanded(len(data))
    handle, name = tempfile.mkstemp(prefix="unlocked-")
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
    return Path(name)


def _scheme(info: bytes) -> "_Agile | _Standard":
    major, minor = struct.unpack_from("<HH", info)
    if (major, minor) == (4, 4):
        return _Agile.parse(info[8:])
    if minor == 2 and major in (2, 3, 4):
        return _Standard.parse(info)
    raise RefusalError("unsupported_format", detected="Office document with a rare encryption")


def _aes(key: bytes, mode: modes.CBC | modes.ECB, data: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), mode).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _spun(name: str, salt: bytes, password: str, spins: int) -> bytes:
    """The password, hashed again and again with a counter before it."""
    value = hashlib.new(name, salt + password.encode("utf-16-le")).digest()
    for n in range(spins):
        value = hashlib.new(name, struct.pack("<I", n) + value).digest()
    return value


def _sized(data: bytes, size: int) -> bytes:
    return data[:size].ljust(size, b"\x36")


@dataclass(frozen=True, slots=True)
class _Agile:
    """`data` describes how the package is encrypted, `lock` how its key is."""

    data: Any
    lock: Any

    @classmethod
    def parse(cls, xml: bytes) -> "_Agile":
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        root = etree.fromstring(xml.rstrip(b"\0"), parser)
        data, lock = root.find("e:keyData", _SPACES), root.find(".//p:encryptedKey", _SPACES)
        if data is None or lock is None:
            raise RefusalError("unsupported_format", detected="Office document locked with a certificate")
        for part in (data, lock):
            if part.get("cipherAlgorithm") != "AES" or part.get("cipherChaining") != "ChainingModeCBC":
                raise RefusalError("unsupported_format", detected="Office document with a rare encryption")
        if not 0 <= int(lock.get("spinCount", "")) <= _MAX_SPINS:
            raise ValueError("spin count")
        return cls(data, lock)

    def key(self, password: str) -> bytes | None:
        lock, name = self.lock, _HASHES[self.lock.get("hashAlgorithm")]
        salt, size = b64decode(lock.get("saltValue")), int(lock.get("keyBits")) // 8
        spun = _spun(name, salt, password, int(lock.get("spinCount")))
        initial = modes.CBC(_sized(salt, int(lock.get("blockSize"))))

        def opened(attribute: str, block: bytes) -> bytes:
            key = _sized(hashlib.new(name, spun + block).digest(), size)
            return _aes(key, initial, b64decode(lock.get(attribute)))

        given = opened("encryptedVerifierHashInput", _VERIFIER_INPUT)[: int(lock.get("saltSize"))]
        expected = opened("encryptedVerifierHashValue", _VERIFIER_VALUE)
        if hashlib.new(name, given).digest() != expected[: int(lock.get("hashSize"))]:
            return None
        return opened("encryptedKeyValue", _KEY_VALUE)[: int(self.data.get("keyBits")) // 8]

    def decrypt(self, key: bytes, package: bytes) -> bytes:
        name, salt = _HASHES[self.data.get("hashAlgorithm")], b64decode(self.data.get("saltValue"))
        block = int(self.data.get("blockSize"))
        (size,) = struct.unpack_from("<Q", package)
        pieces = []
        for number, start in enumerate(range(8, len(package), _SEGMENT)):
            segment = package[start : start + _SEGMENT]
            segment = segment[: len(segment) - len(segment) % block]
            initial = hashlib.new(name, salt + struct.pack("<I", number)).digest()
            pieces.append(_aes(key, modes.CBC(_sized(initial, block)), segment))
        return b"".join(pieces)[:size]


@dataclass(frozen=True, slots=True)
class _Standard:
    salt: bytes
    verifier: bytes
    verifier_hash: bytes
    key_size: int

    @classmethod
    def parse(cls, info: bytes) -> "_Standard":
        (header_size,) = struct.unpack_from("<I", info, 8)
        _flags, _extra, algorithm, _hash, key_bits = struct.unpack_from("<IIIII", info, 12)
        if algorithm not in (0x660E, 0x660F, 0x6610) or key_bits not in (128, 192, 256):
            raise RefusalError("unsupported_format", detected="Office document with a rare encryption")
        start = 12 + header_size + 4
        return cls(
            info[start : start + 16],
            info[start + 16 : start + 32],
            info[start + 36 : start + 68],
            key_bits // 8,
        )

    def key(self, password: str) -> bytes | None:
        spun = _spun("sha1", self.salt, password, _STANDARD_SPINS)
        final = hashlib.sha1(spun + bytes(4)).digest()  # noqa: S324 - the format's own
        derived = b"".join(
            hashlib.sha1(bytes(pad ^ (final[i] if i < 20 else 0) for i in range(64))).digest()  # noqa: S324
            for pad in (0x36, 0x5C)
        )
        key = derived[: self.key_size]
        given = _aes(key, modes.ECB(), self.verifier)  # noqa: S305 - the format's own
        expected = _aes(key, modes.ECB(), self.verifier_hash)  # noqa: S305
        return key if hashlib.sha1(given).digest() == expected[:20] else None  # noqa: S324

    def decrypt(self, key: bytes, package: bytes) -> bytes:
        (size,) = struct.unpack_from("<Q", package)
        body = package[8 : 8 + (len(package) - 8) // 16 * 16]
        return _aes(key, modes.ECB(), body)[:size]  # noqa: S305
