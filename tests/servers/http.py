"""A small HTTP server of our own on a free port of the loopback interface."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.servers.processes import HOST


class Quiet:
    """To be mixed into a handler: answers without a line for each request on standard error."""

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def answer(self, status: int, kind: str, body: bytes) -> None:
        """A whole answer of this media type."""
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def answering(handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve with the handler until the block ends; gives the address, without a slash at its end."""
    server = ThreadingHTTPServer((HOST, 0), handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    running.start()
    try:
        yield f"http{'s' if tls else ''}://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        running.join(10)
