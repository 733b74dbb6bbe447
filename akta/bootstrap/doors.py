"""The part of the composition root by which people come in: passwords, second factors, a provider."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from akta.access.second_factor import SecondFactors
from akta.access.signing_in import SignIns
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.clock import Clock
from akta.settings import Settings

if TYPE_CHECKING:
    from akta.access.oidc.coming_back import ProviderSignIns


class Doors:
    """What `App` has for signing in; made at first use like all else."""

    if TYPE_CHECKING:  # what it uses of the rest
        settings: Settings

        @property
        def home(self) -> Path: ...
        @property
        def clock(self) -> Clock: ...
        @property
        def database(self) -> Database: ...
        @property
        def audit(self) -> AuditLog: ...

    @cached_property
    def second_factors(self) -> SecondFactors:
        key = (self.home / "keys" / "passwords.key").read_bytes()
        return SecondFactors(self.audit, self.clock, key)

    @cached_property
    def sign_ins(self) -> SignIns:
        return SignIns(self.database, self.audit, self.clock, self.second_factors)

    @cached_property
    def provider_sign_ins(self) -> "ProviderSignIns | None":
        """The door that an OpenID provider keeps; None if none is set. Nothing is asked of it yet."""
        options = self.settings.provider
        if options is None:
            return None
        # Loaded here: most archives have no provider.
        from akta.access.oidc.coming_back import ProviderSignIns
        from akta.access.oidc.provider import Provider

        key = (self.home / "keys" / "passwords.key").read_bytes()
        return ProviderSignIns(self.database, self.audit, self.clock, self.sign_ins, Provider(options), key)
