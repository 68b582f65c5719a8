"""Logs of a process: one line an event, facts as fields, no text of a post, no secret.

In: events of structlog and of the libraries. Out: JSON lines or coloured text on stderr.
"""

import logging
import sys

import structlog

from shared.settings import LogSettings

# Libraries that say much on "info" that concerns nobody.
_QUIET = ("kafka", "httpx", "httpcore", "uvicorn.access", "asyncio")
# What uvicorn says of an answer that was broken off; the event before it says why.
_TOLD = "ASGI callable returned without completing response."


def configure_logs(settings: LogSettings, service: str) -> None:
    """Route all logs of the process through one pipeline; every line carries `service`."""
    shared_steps: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared_steps,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    structlog.configure(
        processors=[*shared_steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def _is_news(record: logging.LogRecord) -> bool:
    return record.msg != _TOLD
