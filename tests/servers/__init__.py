"""Real servers for tests and runs: private, on free ports of the loopback interface, gone afterwards.

    with postgres() as server:
        use(server.url)

The programs are Debian's; a missing one is named in the RuntimeError.
"""

from tests.servers.postgres import Postgres, postgres
from tests.servers.rabbitmq import RabbitMQ, rabbitmq
from tests.servers.redis import Redis, redis
from tests.servers.s3 import S3, s3
from tests.servers.tsa import TSA, tsa

__all__ = ["S3", "TSA", "Postgres", "RabbitMQ", "Redis", "postgres", "rabbitmq", "redis", "s3", "tsa"]
