"""The command's frame: global options, errors as sentences, exit codes."""

import importlib
import io
import sys

import click

from akta import VERSION
from akta.kernel.errors import AktaError

#: Command -> module that defines it (as `command`); loaded when used, so that `akta` starts fast.
COMMANDS = {
    "ingest": "akta.cli.ingest",
    "search": "akta.cli.search",
    "searches": "akta.cli.searches",
    "export": "akta.cli.export",
    "show": "akta.cli.show",
    "review": "akta.cli.review",
    "explain": "akta.cli.explain",
    "evaluate": "akta.cli.evaluate",
    "quality": "akta.cli.quality",
    "status": "akta.cli.status",
    "verify": "akta.cli.verify",
    "audit": "akta.cli.audit",
    "serve": "akta.cli.serve",
    "worker": "akta.cli.worker",
    "relay": "akta.cli.relay",
    "user": "akta.cli.user",
    "token": "akta.cli.token",
    "hold": "akta.cli.hold",
    "case": "akta.cli.case",
    "event": "akta.cli.event",
    "entity": "akta.cli.entity",
    "retention": "akta.cli.retention",
    "schedule": "akta.cli.schedule",
    "disposition": "akta.cli.disposition",
    "certificate": "akta.cli.certificate",
    "transfer": "akta.cli.transfer",
    "request": "akta.cli.request",
    "vital": "akta.cli.vital",
    "ledger": "akta.cli.ledger",
    "party": "akta.cli.party",
    "job": "akta.cli.job",
    "types": "akta.cli.types",
    "model": "akta.cli.model",
    "separators": "akta.cli.separators",
    "reindex": "akta.cli.reindex",
    "backup": "akta.cli.backup",
    "restore": "akta.cli.restore",
}


class _Lazy(click.Group):
    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[name]).command
        assert isinstance(command, click.Command)
        return command


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="akta")
def cli() -> None:
    """Akta keeps a company's papers: read, filed, findable, kept as long as they must be.

    The data folder is AKTA_HOME; a missing one is made at first use.
    """


def main() -> int:
    """Run the command line; an AktaError becomes a sentence on standard error and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a sign that a terminal cannot show stops no command
            stream.reconfigure(errors="backslashreplace")
    try:
        result = cli.main(prog_name="akta", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except AktaError as error:
        click.echo(f"akta: {error.message}", err=True)
        detail = error.params.get("detail")
        if detail:
            click.echo(f"  ({detail})", err=True)
        return 2
    except UnicodeEncodeError:
        click.echo("akta: what was given has a character that is no text. Take it out.", err=True)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:  # a folder that is not there, a full disk: a sentence, not a traceback
        place = f" ({error.filename})" if error.filename else ""
        click.echo(f"akta: {error.strerror or error}{place}.", err=True)
        return 2
    return result if isinstance(result, int) else 0
