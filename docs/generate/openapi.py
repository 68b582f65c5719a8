"""The gateway's OpenAPI document, as it serves it at /openapi.json.

In: the app, built and not started. Out: `openapi.json`.
"""

from docs.generate.form import as_json
from services.gateway.app import build_app
from services.gateway.settings import Settings
from shared.settings import HttpSettings, KafkaSettings, PostgresSettings


def page() -> str:
    """The text of the document."""
    # Not read from the environment: the page is the same on every machine.
    app = build_app(
        Settings.model_construct(),
        KafkaSettings.model_construct(),
        PostgresSettings.model_construct(),
        HttpSettings.model_construct(),
    )
    return as_json(app.openapi())
