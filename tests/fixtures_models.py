"""The unpacked embedding models, made once and shared by all tests and runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def models_folder(pytestconfig: pytest.Config) -> Path:
    """Where models are unpacked; `KILDE_TEST_MODELS` or pytest's cache, so that a second run finds them there."""
    given = os.environ.get("KILDE_TEST_MODELS")
    if given:
        folder = Path(given)
    elif pytestconfig.cache is not None:  # absent with `-p no:cacheprovider`
        folder = pytestconfig.cache.mkdir("kilde-models")
    else:
        folder = Path(__file__).parent / ".models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
