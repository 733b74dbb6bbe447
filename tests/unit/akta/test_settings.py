"""Settings that make no sense are told in a sentence before anything starts."""

from pathlib import Path

import pytest

from akta.bootstrap import build
from akta.db.engine import DatabaseUnavailableError
from akta.settings import SettingsError, load_settings


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"zone": "Mars/Base"}, "AKTA_ZONE: there is no time zone 'Mars/Base'"),
        ({"zone": "../../etc/passwd"}, "AKTA_ZONE: there is no time zone"),
        ({"zone": "Europe"}, "AKTA_ZONE: there is no time zone"),
        ({"zone": ""}, "AKTA_ZONE: there is no time zone"),
        ({"database_url": "nonsense"}, "AKTA_DATABASE_URL: say postgresql"),
        ({"database_url": "postgresql://u:secret@h/n"}, "AKTA_DATABASE_URL: say postgresql"),
        ({"database_url": "postgresql+psycopg://u:p@h:port/n"}, "AKTA_DATABASE_URL: say postgresql"),
        ({"storage": "s3"}, "Settings are not right: AKTA_STORAGE=s3 needs"),
        ({"search_engine": "opensearch"}, "AKTA_SEARCH_ENGINE=opensearch needs AKTA_OPENSEARCH_URL"),
        ({"opensearch_url": "search:9200"}, "AKTA_OPENSEARCH_URL: say https://host:9200"),
        ({"opensearch_url": "https://[::1"}, "AKTA_OPENSEARCH_URL: say https://host:9200"),
        ({"opensearch_url": "https://u:secret@search:9200"}, "AKTA_OPENSEARCH_URL: say https://host:9200"),
        ({"opensearch_ca": "/no/such.pem"}, "AKTA_OPENSEARCH_CA: there is no file '/no/such.pem'"),
        ({"opensearch_index": "Akta*"}, "AKTA_OPENSEARCH_INDEX: "),
        ({"tsa_url": "https://tsa.example"}, "AKTA_TSA_URL and AKTA_TSA_CA go together"),
        ({"tsa_url": "tsa.example", "tsa_ca": "/x"}, "AKTA_TSA_URL: say https"),
        ({"tsa_url": "https://tsa.example", "tsa_ca": "/no/such.pem"}, "AKTA_TSA_CA: there is no file"),
        ({"anchor_copy": "anchors"}, "AKTA_ANCHOR_COPY: say the folder from the root on"),
        ({"anchor_copy": "s3://"}, "AKTA_ANCHOR_COPY: say a folder, or s3://bucket/prefix"),
        ({"anchor_copy": "s3://b/p"}, "AKTA_ANCHOR_COPY=s3://… needs AKTA_S3_ENDPOINT"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, given: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(home=tmp_path, **given)
    assert told in caught.value.message
    assert "secret" not in caught.value.message


def test_a_database_server_that_is_away_is_told(tmp_path: Path) -> None:
    away = "postgresql+psycopg://u:p@127.0.0.1:1/n?connect_timeout=2"
    with pytest.raises(DatabaseUnavailableError):
        build(load_settings(home=tmp_path, database_url=away))


def test_a_damaged_database_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "akta.db").write_bytes(b"this is no database, whatever its name" * 100)
    with pytest.raises(DatabaseUnavailableError, match="damaged"):
        build(load_settings(home=tmp_path))
