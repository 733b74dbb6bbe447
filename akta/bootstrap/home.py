"""The data folder and its keys."""

import os
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from akta.settings import Settings, SettingsError


def prepare_home(settings: Settings) -> None:
    """Make the data folder and its keys where they are missing; never replaces one.

    Raises SettingsError if the folder cannot be used.
    """
    home = settings.home
    try:
        for part in (
            "keys",
            "anchors",
            "run",
            "tmp",
            "index",
            "blobs",
            "exports",
            "ledger",
            "transfers",
            "uploads",
        ):
            (home / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        home.chmod(0o700)
        audit_key = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        _write_once(home / "keys" / "audit.pem", audit_key)
        _write_once(home / "keys" / "passwords.key", Fernet.generate_key())
    except OSError as error:
        raise SettingsError(
            f"The data folder {home} cannot be used ({error.strerror}). "
            "Set AKTA_HOME to a folder you can write to."
        ) from error


def _write_once(path: Path, data: bytes) -> None:
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("xb") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, path)  # fails if another process was first; then its key counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
