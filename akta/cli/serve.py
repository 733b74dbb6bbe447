"""`akta serve`: the pages and the API, with a worker in the embedded size."""

import socket

import click

from akta.bootstrap import build, first_administrator
from akta.kernel.errors import ConflictError
from akta.operations.logs import configure_logging
from akta.settings import load_settings
from akta.worker.embedded import Keeper, fork_executor

#: Connections that wait to be accepted, as uvicorn has it.
_BACKLOG = 2048


@click.command("serve")
@click.option("--host", help="Address to listen on (AKTA_HOST).")
@click.option("--port", type=int, help="Port to listen on (AKTA_PORT).")
@click.option("--no-worker", is_flag=True, help="Do not run jobs; another process does.")
def command(host: str | None, port: int | None, no_worker: bool) -> None:
    """Serve Akta until Ctrl-C."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = load_settings(**given)
    configure_logging(settings)
    listener = _listen(settings.host, settings.port)
    app = build(settings)
    founder = first_administrator(app)
    keeper = None
    if settings.jobs == "embedded" and not no_worker:
        # Before this process has threads and loads what only a server needs.
        keeper = Keeper(settings, fork_executor(app))
        keeper.start()
    # Imported late: the worker needs none of it.
    import uvicorn

    from api.app import create_api

    listener.listen(_BACKLOG)  # whoever opens the address as soon as it is shown waits, and is not refused
    shown = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0", "::") else settings.host  # noqa: S104
    click.echo(
        f"\n  Akta is open at http://{shown}:{listener.getsockname()[1]}/\n  Data folder: {settings.home}"
    )
    if founder is not None:
        login, password = founder
        click.echo(f"\n  Sign in as '{login}' with the password, shown this once:\n\n      {password}\n")
        click.echo("  Lost it? 'akta user password admin' makes a new one.")
    click.echo("  Stop with Ctrl-C.\n")
    config = uvicorn.Config(
        create_api(app),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        proxy_headers=False,
        h11_max_incomplete_event_size=64 * 1024,
    )
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        if keeper is not None:
            keeper.stop()
        app.close()
    click.echo("Akta has stopped. Nothing was left half done.")


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything else so that a taken port changes nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: asyncio sends small answers at once only over a socket that says it is TCP.
    # Otherwise an answer of two pieces waits 40 ms for the client's acknowledgement of the first.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConflictError(
            f"Port {port} on {host} is taken ({error.strerror}). Is Akta running already? "
            "Choose another with --port or AKTA_PORT."
        ) from error
    return listener
