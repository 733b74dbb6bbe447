"""Locked Office documents, encrypted here as MS-OFFCRYPTO describes (agile scheme)."""

import hashlib
import struct
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ingest.extract.context import RefusalError
from ingest.extract.locked import decrypted

SALT, KEY, SPINS = bytes(range(16)), bytes(range(32)), 1000


def _encrypt(key: bytes, initial: bytes, data: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.CBC(initial)).encryptor()
    return encryptor.update(data + bytes(-len(data) % 16)) + encryptor.finalize()


def _info(password: str) -> bytes:
    value = hashlib.sha512(SALT + password.encode("utf-16-le")).digest()
    for n in range(SPINS):
        value = hashlib.sha512(struct.pack("<I", n) + value).digest()

    def lock(block: str, data: bytes) -> str:
        key = hashlib.sha512(value + bytes.fromhex(block)).digest()[:32]
        return b64encode(_encrypt(key, SALT, data)).decode()

    common = (
        f'saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" '
        f'cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="{b64encode(SALT).decode()}"'
    )
    verifier = b"0123456789abcdef"
    xml = (
        '<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption" '
        'xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password">'
        f"<keyData {common}/><keyEncryptors><keyEncryptor>"
        f'<p:encryptedKey spinCount="{SPINS}" {common} '
        f'encryptedVerifierHashInput="{lock("fea7d2763b4b9e79", verifier)}" '
        f'encryptedVerifierHashValue="{lock("d7aa0f6d3061344e", hashlib.sha512(verifier).digest())}" '
        f'encryptedKeyValue="{lock("146e0be7abacd0d6", KEY)}"/>'
        "</keyEncryptor></keyEncryptors></encryption>"
    )
    return struct.pack("<HHI", 4, 4, 0x40) + xml.encode()


def _package(data: bytes) -> bytes:
    body = b""
    for number, start in enumerate(range(0, len(data), 4096)):
        initial = hashlib.sha512(SALT + struct.pack("<I", number)).digest()[:16]
        body += _encrypt(KEY, initial, data[start : start + 4096])
    return struct.pack("<Q", len(data)) + body


@pytest.mark.parametrize("size", [1, 4096, 10_001])
def test_the_right_password_opens(size: int) -> None:
    data = bytes(n % 251 for n in range(size))
    assert decrypted(_info("hasło"), _package(data), "hasło") == data
    assert decrypted(_info("hasło"), _package(data), "haslo") is None


def test_the_standard_scheme() -> None:
    salt, password, data = SALT, "klucz", b"the package, in Office 2007's way"
    value = hashlib.sha1(salt + password.encode("utf-16-le")).digest()
    for n in range(50_000):
        value = hashlib.sha1(struct.pack("<I", n) + value).digest()
    value = hashlib.sha1(value + bytes(4)).digest().ljust(64, b"\0")
    key = hashlib.sha1(bytes(b ^ 0x36 for b in value)).digest()[:16]
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    verifier = b"0123456789abcdef"
    header = struct.pack("<IIIIIIII", 0x24, 0, 0x660E, 0x8004, 128, 0x18, 0, 0) + "x\0".encode("utf-16-le")
    info = struct.pack("<HHII", 4, 2, 0x24, len(header)) + header + struct.pack("<I", 16) + salt
    info += encryptor.update(verifier) + struct.pack("<I", 20)
    info += encryptor.update(hashlib.sha1(verifier).digest() + bytes(12))
    package = struct.pack("<Q", len(data)) + encryptor.update(data + bytes(-len(data) % 16))
    assert decrypted(info, package, password) == data
    assert decrypted(info, package, "other") is None


def test_endless_work_and_other_schemes_are_refused() -> None:
    spun = _info("x").replace(b'spinCount="1000"', b'spinCount="99999999"')
    with pytest.raises(ValueError, match="spin count"):
        decrypted(spun, _package(b"x"), "x")
    with pytest.raises(RefusalError):
        decrypted(_info("x").replace(b"ModeCBC", b"ModeCFB"), _package(b"x"), "x")
    with pytest.raises(RefusalError):
        decrypted(struct.pack("<HHI", 1, 1, 0), b"", "x")
