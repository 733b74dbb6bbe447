"""Time stamps by an authority outside (RFC 3161): proof that the log was there, as it was, at a time.

The authority sees nothing but a SHA-256. What it signs cannot be made later, neither by us nor by whoever
has all our keys.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from akta.kernel.errors import AktaError

_TYPE = "application/timestamp-query"
_LONGEST = 1 << 18


class StampError(AktaError):
    """The time-stamp authority gave no token that holds; trying again later may help."""

    code = "time_stamp"


@dataclass(frozen=True, slots=True)
class StampOptions:
    """`url` of the authority; `roots` is a file (PEM) with the certificates that vouch for it."""

    url: str
    roots: Path
    seconds: float = 10.0


class StampAuthority:
    """Asks for time stamps, and checks them against the certificates we trust."""

    def __init__(self, options: StampOptions) -> None:
        self.options = options

    def stamp(self, message: bytes, seconds: float | None = None) -> bytes:
        """A token (DER) over the message, checked. Raises StampError."""
        # Loaded here: few archives ask, and then once a day.
        import urllib3
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

        builder = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256)
        request = builder.cert_request(cert_request=True).build()
        pool = urllib3.PoolManager(timeout=seconds or self.options.seconds, retries=False)
        try:
            answer = pool.request(
                "POST",
                self.options.url,
                body=request.as_bytes(),
                headers={"content-type": _TYPE},
                preload_content=False,
            )
            token = answer.read(_LONGEST + 1)
            status = answer.status
            answer.close()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise StampError(
                f"The time-stamp authority did not answer ({type(error).__name__}). Look at AKTA_TSA_URL."
            ) from error
        finally:
            pool.clear()
        if status != 200 or len(token) > _LONGEST:
            raise StampError(f"The time-stamp authority refused (HTTP {status}). Look at AKTA_TSA_URL.")
        self.seen(token, message)
        if decode_timestamp_response(in_order(token)).tst_info.nonce != request.nonce:
            raise StampError("The time-stamp authority answered another question than ours.")
        return token

    def seen(self, token: bytes, message: bytes) -> datetime:
        """When the authority saw the message. Raises StampError for a token that does not hold."""
        try:
            return check_token(token, message, self.roots())
        except ValueError as error:
            raise StampError(f"The time stamp does not hold: {error}.") from error

    def roots(self) -> bytes:
        """The certificates we trust. Raises StampError."""
        try:
            return self.options.roots.read_bytes()
        except OSError as error:
            raise StampError(
                f"The file of AKTA_TSA_CA cannot be read ({error.strerror}). It holds the certificates (PEM) "
                "that vouch for the time-stamp authority."
            ) from error


def check_token(token: bytes, message: bytes, roots: bytes) -> datetime:
    """When an authority saw the message. `roots` are certificates (PEM) that vouch for it.

    Raises ValueError with a sentence.
    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        response = decode_timestamp_response(in_order(token))
        builder = VerifierBuilder()
        for certificate in x509.load_pem_x509_certificates(roots):
            builder = builder.add_root_certificate(certificate)
        builder.build().verify_message(response, message)
    except VerificationError as error:
        raise ValueError(f"the token does not hold ({error})") from error
    except ValueError as error:
        raise ValueError(f"the token cannot be read ({error})") from error
    seen = response.tst_info.gen_time
    return seen if seen.tzinfo else seen.replace(tzinfo=UTC)


def in_order(token: bytes) -> bytes:
    """The token with its certificates in the order that DER asks for; as it is, if it is no token.

    OpenSSL and others write them as they come, and the library then refuses the token. No signature is
    over them, and the length of what they stand in does not change.
    """
    try:
        _, answer = _inside(token, 0, len(token), 0x30)
        _, content = _inside(token, *_children(token, *answer)[1], 0x30)
        _, wrapped = _inside(token, *_children(token, *content)[1], 0xA0)
        _, signed = _inside(token, *wrapped, 0x30)
        _, certificates = _inside(token, *_children(token, *signed)[3], 0xA0)
        parts = [token[a:b] for a, b in _children(token, *certificates)]
    except (IndexError, ValueError):
        return token
    return token[: certificates[0]] + b"".join(sorted(parts)) + token[certificates[1] :]


def _inside(data: bytes, start: int, end: int, tag: int) -> tuple[int, tuple[int, int]]:
    """Where the value that begins at `start` ends, and where its content lies."""
    if data[start] != tag:
        raise ValueError("another kind of value")
    length, begin = data[start + 1], start + 2
    if length >= 0x80:
        count = length - 0x80
        length, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
    if begin + length > end:
        raise ValueError("a value that does not end")
    return begin + length, (begin, begin + length)


def _children(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    found = []
    while start < end:
        stop, _ = _inside(data, start, end, data[start])
        found.append((start, stop))
        start = stop
    return found
