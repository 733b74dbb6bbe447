"""Structured logs: event names and facts, never document text."""

import logging
import sys

import structlog

from akta.settings import Settings


def configure_logging(settings: Settings) -> None:
    """Log to standard error, as JSON lines or, on a terminal, as text."""
    as_text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        if as_text
        else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in (
        "pikepdf",
        "pdfminer",
        "PIL",
        "fontTools",
        "fpdf",
        "alembic",
        "urllib3",
        "multipart",
        "python_multipart",
    ):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    # On a terminal a line for each request would push away what a person is to read there.
    wanted = settings.access_log == "on" or (settings.access_log == "auto" and not sys.stderr.isatty())
    logging.getLogger("akta.http").setLevel(logging.NOTSET if wanted else logging.WARNING)
    # The access line is ours, see api.middleware.
    logging.getLogger("uvicorn.access").handlers[:] = []
    logging.getLogger("uvicorn.access").propagate = False
