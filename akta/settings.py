"""All settings: `AKTA_*` in the environment, or one file `akta.env` in the data folder.

Secrets have no defaults: keys are made on first run inside the data folder, S3
and database credentials must be given. Start-up fails with a sentence that says
what to set.
"""

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from akta.access.oidc.options import ProviderOptions, check_address, read_factors, read_groups
from akta.kernel.errors import AktaError
from ingest.classify.costs import with_costs
from ingest.ocr.engines import EngineName, best_engine

_DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(AktaError):
    """A setting is missing or makes no sense."""

    code = "settings"


class Settings(BaseSettings):
    """The settings tree, frozen once built. Every field is documented in `docs/operations.md`."""

    model_config = SettingsConfigDict(env_prefix="AKTA_", frozen=True, extra="ignore")

    home: Path = Field(default=ROOT / "data", description="the data folder")
    database_url: str = Field(default="", description="SQLAlchemy URL; empty: SQLite in the data folder")
    storage: Literal["filesystem", "s3"] = Field(default="filesystem", description="where blobs lie")
    s3_endpoint: str = Field(default="", description="host:port of the S3 server")
    s3_access_key: str = Field(default="", description="S3 access key")
    s3_secret_key: str = Field(default="", description="S3 secret key")
    s3_bucket: str = Field(default="akta", description="bucket, made with Object Lock if missing")
    s3_secure: bool = Field(default=True, description="HTTPS to the S3 server")
    s3_region: str = Field(default="", description="S3 region")
    s3_lock_mode: Literal["GOVERNANCE", "COMPLIANCE"] = Field(
        default="GOVERNANCE", description="Object Lock mode; COMPLIANCE cannot be undone by anyone"
    )
    s3_mirror_retention: bool = Field(
        default=False, description="let the S3 server refuse deletion until the last day of keeping"
    )
    hold_grace_days: int = Field(
        default=30,
        ge=0,
        le=3650,
        description="days after a hold's release in which nothing of it is destroyed",
    )
    tsa_url: str = Field(default="", description="time-stamp authority (RFC 3161) that anchors the audit log")
    tsa_ca: str = Field(default="", description="file with the certificates that vouch for that authority")
    anchor_copy: str = Field(
        default="", description="second place of the audit log's anchors: a folder, or s3://bucket/prefix"
    )
    jobs: Literal["embedded", "celery"] = Field(default="embedded", description="who runs jobs")
    broker_url: str = Field(default="", description="RabbitMQ or Redis for jobs=celery")
    search_engine: Literal["tantivy", "whoosh", "opensearch"] = Field(
        default="tantivy", description="search engine"
    )
    opensearch_url: str = Field(default="", description="http(s)://host:port of the OpenSearch server")
    opensearch_user: str = Field(default="", description="name at the OpenSearch server")
    opensearch_password: str = Field(default="", description="password at the OpenSearch server")
    opensearch_index: str = Field(
        default="akta", pattern=r"^[a-z0-9][a-z0-9_]{0,79}$", description="name of the index there"
    )
    opensearch_ca: str = Field(
        default="", description="file with the certificate that vouches for the OpenSearch server"
    )
    ledger_copy: str = Field(
        default="", description="second folder for the ledger of what was destroyed and held; empty: none"
    )
    backup_days: int = Field(
        default=90, ge=1, le=3650, description="days after which a backup is to be deleted"
    )
    workers: int = Field(
        default_factory=lambda: max(1, os.cpu_count() or 1), ge=1, le=64, description="slots"
    )
    host: str = Field(default="127.0.0.1", description="address the web server listens on")
    port: int = Field(default=8040, ge=0, le=65535, description="port the web server listens on")
    public_https: bool = Field(default=False, description="served behind HTTPS: cookies are marked Secure")
    public_url: str = Field(default="", description="where people reach Akta, as https://akta.example.com")
    oidc_issuer: str = Field(default="", description="issuer of the OpenID provider that signs people in")
    oidc_client_id: str = Field(default="", description="what the provider calls Akta")
    oidc_client_secret: str = Field(default="", description="Akta's secret at the provider")
    oidc_name: str = Field(default="", max_length=60, description="what pages call the provider")
    oidc_ca: str = Field(default="", description="file with the certificate that vouches for the provider")
    oidc_scopes: str = Field(default="openid profile email", description="what the provider is asked for")
    oidc_unknown: Literal["refuse", "create"] = Field(
        default="refuse", description="people whom the provider knows and Akta does not"
    )
    oidc_match_claim: str = Field(
        default="", description="claim that is compared with account names to link by itself; empty: none"
    )
    oidc_groups_claim: str = Field(default="", description="claim that names the person's groups")
    oidc_groups: str = Field(default="", description="roles and grants that groups give, as JSON")
    oidc_second_factor: str = Field(
        default="", description="what stands for our second factor, as amr:mfa; empty: nothing"
    )
    trusted_hosts: str = Field(default="", description="comma list of host names answered to; empty: any")
    language: Literal["browser", "pl", "en"] = Field(
        default="browser", description="language of new accounts; browser: that of the browser, until chosen"
    )
    zone: str = Field(default="Europe/Warsaw", description="IANA zone of civil dates")
    jurisdiction: str = Field(default="PL", description="whose classes papers are filed in by default")
    second_reader: bool = Field(
        default=True, description="read again by the neural reader what Tesseract reads badly"
    )
    ocr_engine: EngineName = Field(
        default_factory=best_engine, description="how Tesseract runs: in the process, or as a program"
    )
    ocr_languages: str = Field(default="pol+eng", description="Tesseract languages")
    split_labels: str = Field(
        default="AKTA-,ASN", description="comma list: barcodes of these and a number begin a paper in a pile"
    )
    spot_check_share: float = Field(
        default=0.02, ge=0, le=1, description="share of the papers filed unseen that a person is asked about"
    )
    spot_checks_a_week: int = Field(
        default=3, ge=0, le=1000, description="at least so many of them a week and domain"
    )
    max_upload_bytes: int = Field(default=2 * 1024**3, ge=1, description="largest file accepted")
    upload_idle_seconds: float = Field(
        default=60.0, gt=0, description="how long a sender may be silent in an upload"
    )
    upload_days: int = Field(
        default=7, ge=1, le=365, description="days for which an unfinished upload is kept to be gone on with"
    )
    max_pages: int = Field(default=2000, ge=1, description="pages read of one file")
    max_pixels: int = Field(default=120_000_000, ge=1, description="pixels of one page")
    max_expanded_bytes: int = Field(default=512 * 1024**2, ge=1, description="unpacked size of one file")
    max_members: int = Field(default=2000, ge=1, description="files inside one file")
    max_depth: int = Field(default=4, ge=0, description="files within files")
    read_seconds: float = Field(default=300.0, gt=0, description="time for reading one page or small file")
    read_memory_mib: int = Field(default=1536, ge=256, description="memory for reading one file")
    misfiling_costs: str = Field(
        default="",
        description="cost of a wrong filing in reviews, by domain: hr=8,lab=10; empty: as Akta comes",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="log level")
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text on a terminal"
    )
    access_log: Literal["auto", "on", "off"] = Field(
        default="auto", description="a log line for each request; auto: not on a terminal"
    )

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:  # a name that leads to a folder is an OSError
            raise ValueError(f"there is no time zone '{zone}'; say for example Europe/Warsaw") from error
        return zone

    @field_validator("database_url")
    @classmethod
    def _usable_url(cls, url: str) -> str:
        # The value is not repeated: it holds a password.
        try:
            usable = not url or make_url(url).drivername in _DRIVERS
        except (ArgumentError, ValueError):
            usable = False
        if not usable:
            raise ValueError("say postgresql+psycopg://user:password@host/name, or nothing for SQLite")
        return url

    @field_validator("opensearch_url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        # Not repeated: somebody may have put a password into it, which belongs elsewhere.
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        except ValueError:
            usable = False
        if url and not usable:
            raise ValueError("say https://host:9200; name and password go into settings of their own")
        return url

    @field_validator("oidc_groups")
    @classmethod
    def _usable_groups(cls, groups: str) -> str:
        read_groups(groups)
        return groups

    @field_validator("oidc_second_factor")
    @classmethod
    def _usable_factors(cls, factors: str) -> str:
        read_factors(factors)
        return factors

    @field_validator("oidc_issuer")
    @classmethod
    def _usable_issuer(cls, issuer: str) -> str:
        if issuer:
            check_address(issuer)
        return issuer

    @field_validator("public_url")
    @classmethod
    def _usable_public_url(cls, url: str) -> str:
        url = url.rstrip("/")
        if url:
            check_address(url, plain=True)
            if urlsplit(url).path:
                raise ValueError("say the address without a path, as https://akta.example.com")
        return url

    @model_validator(mode="after")
    def _provider_complete(self) -> "Settings":
        if self.oidc_issuer:
            wanted = ("oidc_client_id", "oidc_client_secret", "public_url")
            missing = [f"AKTA_{n.upper()}" for n in wanted if not getattr(self, n)]
            if missing:
                raise ValueError("AKTA_OIDC_ISSUER needs " + ", ".join(missing))
        if self.public_url and self.public_url.startswith("https:") != self.public_https:
            # Else cookies that should go over HTTPS alone go without, or none go at all.
            raise ValueError("AKTA_PUBLIC_URL begins with https: exactly where AKTA_PUBLIC_HTTPS=true is set")
        if self.oidc_ca and not Path(self.oidc_ca).is_file():
            raise ValueError(f"AKTA_OIDC_CA: there is no file '{self.oidc_ca}'")
        if "openid" not in self.oidc_scopes.split():
            raise ValueError("AKTA_OIDC_SCOPES: openid is one of them, as in openid profile email")
        if bool(self.oidc_groups_claim) != bool(read_groups(self.oidc_groups)):
            raise ValueError(
                "AKTA_OIDC_GROUPS_CLAIM and AKTA_OIDC_GROUPS go together: where, and what they give"
            )
        if self.oidc_unknown == "create" and not self.oidc_groups_claim:
            raise ValueError("AKTA_OIDC_UNKNOWN=create needs AKTA_OIDC_GROUPS: what the people may do")
        return self

    @model_validator(mode="after")
    def _complete(self) -> "Settings":
        if self.storage == "s3":
            missing = [n for n in ("s3_endpoint", "s3_access_key", "s3_secret_key") if not getattr(self, n)]
            if missing:
                raise ValueError("AKTA_STORAGE=s3 needs " + ", ".join(f"AKTA_{n.upper()}" for n in missing))
        if bool(self.tsa_url) != bool(self.tsa_ca):
            raise ValueError(
                "AKTA_TSA_URL and AKTA_TSA_CA go together: the authority, and what vouches for it"
            )
        if self.tsa_url and urlsplit(self.tsa_url).scheme not in ("http", "https"):
            raise ValueError("AKTA_TSA_URL: say https://… of the time-stamp authority")
        if self.tsa_ca and not Path(self.tsa_ca).is_file():
            raise ValueError(f"AKTA_TSA_CA: there is no file '{self.tsa_ca}'")
        if self.anchor_copy.startswith("s3:"):
            if not self.anchor_bucket[0]:
                raise ValueError("AKTA_ANCHOR_COPY: say a folder, or s3://bucket/prefix")
            if not (self.s3_endpoint and self.s3_access_key and self.s3_secret_key):
                raise ValueError("AKTA_ANCHOR_COPY=s3://… needs AKTA_S3_ENDPOINT and the keys of S3")
        elif self.anchor_copy and not Path(self.anchor_copy).is_absolute():
            raise ValueError("AKTA_ANCHOR_COPY: say the folder from the root on, as /mnt/elsewhere/anchors")
        if self.search_engine == "opensearch" and not self.opensearch_url:
            raise ValueError("AKTA_SEARCH_ENGINE=opensearch needs AKTA_OPENSEARCH_URL")
        if self.opensearch_ca and not Path(self.opensearch_ca).is_file():
            raise ValueError(f"AKTA_OPENSEARCH_CA: there is no file '{self.opensearch_ca}'")
        if self.jobs == "celery" and not self.broker_url:
            raise ValueError("AKTA_JOBS=celery needs AKTA_BROKER_URL")
        with_costs(self.misfiling_costs)  # says what is wrong with them
        return self

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'akta.db'}"

    @property
    def anchor_bucket(self) -> tuple[str, str]:
        """Bucket and prefix of the second place of anchors, both empty unless it is one."""
        bucket, _, prefix = self.anchor_copy.removeprefix("s3://").partition("/")
        return (bucket, prefix) if self.anchor_copy.startswith("s3://") else ("", "")

    @property
    def provider(self) -> ProviderOptions | None:
        """The OpenID provider that signs people in; None if there is none."""
        if not self.oidc_issuer:
            return None
        return ProviderOptions(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=self.oidc_client_secret,
            name=self.oidc_name or urlsplit(self.oidc_issuer).hostname or self.oidc_issuer,
            public_url=self.public_url,
            ca=self.oidc_ca,
            scopes=tuple(self.oidc_scopes.split()),
            create=self.oidc_unknown == "create",
            match_claim=self.oidc_match_claim,
            groups_claim=self.oidc_groups_claim,
            groups=read_groups(self.oidc_groups),
            factors=read_factors(self.oidc_second_factor),
            language=self.first_language,
        )

    @property
    def first_language(self) -> str:
        """What a new account gets: pl, en, or empty for that of the browser."""
        return "" if self.language == "browser" else self.language


def load_settings(**overrides: object) -> Settings:
    """The settings from overrides, environment and file, in this order. Raises SettingsError."""
    home = Path(
        str(overrides.get("home") or os.environ.get("AKTA_HOME") or Settings.model_fields["home"].default)
    )
    file = home.expanduser() / "akta.env"
    try:
        settings = Settings(_env_file=file if file.exists() else None, **overrides)  # type: ignore[call-arg,arg-type]
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"]) or "settings"
            said = problem["msg"].removeprefix("Value error, ")
            lines.append(f"AKTA_{name.upper()}: {said}" if problem["loc"] else said)
        raise SettingsError("Settings are not right: " + "; ".join(lines)) from error
    return settings.model_copy(update={"home": home.expanduser().absolute()})
