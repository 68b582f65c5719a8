"""The real default bundle, loaded once."""

from pathlib import Path

import pytest

from services.classify.model import Model
from services.classify.settings import Settings

BUNDLE = Path(__file__).parents[3] / "models" / "default"


@pytest.fixture(scope="session")
def model() -> Model:
    """The model that the project ships."""
    return Model(Settings(bundle=BUNDLE))
