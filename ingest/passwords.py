"""Passwords of locked files, on their way from the person who knows them to the reader.

They travel in a job's payload, so they are encrypted with a key that is not in
the database.
"""

from cryptography.fernet import Fernet, InvalidToken

from akta.kernel.errors import AktaError


class PasswordUnreadableError(AktaError):
    """A password was encrypted with another archive's key."""

    code = "password_unreadable"


class PasswordBox:
    """Seals and opens passwords; `key` is a Fernet key from the data folder."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    def seal(self, password: str) -> str:
        return self._fernet.encrypt(password.encode()).decode("ascii")

    def open(self, sealed: str | None) -> str | None:
        if sealed is None:
            return None
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode()
        except InvalidToken as error:
            raise PasswordUnreadableError("The password cannot be read here; give it again.") from error
