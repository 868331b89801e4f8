"""One JSON object per log line on standard output, with the id of the request that it belongs to.

It deliberately formats and nothing else: where logs go is the platform's business.
"""

import json
import logging
import logging.config
from contextvars import ContextVar
from datetime import UTC, datetime

request_id_variable: ContextVar[str | None] = ContextVar("request_id", default=None)


class JsonFormatter(logging.Formatter):
    """Formats a record as a line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := request_id_variable.get():
            line["requestId"] = request_id
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure_logs() -> None:
    """Send all logs, the server's own too, to standard output as JSON."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": JsonFormatter}},
            "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
            "root": {"level": "INFO", "handlers": ["out"]},
            # RequestScope writes the access log, with the request id.
            "loggers": {"uvicorn.access": {"level": "CRITICAL"}, "pymongo": {"level": "WARNING"}},
        }
    )
