"""The answer models that can be chosen from, wherever one is."""

from __future__ import annotations

from collections.abc import Iterable

from rag.core.model_ref import QUOTING
from rag.ui.shell.session import library


def known(used: Iterable[str] = ()) -> list[str]:
    """Quoting, that of the settings, those that are here or on a server and can be used, and those of `used`."""
    kilde = library()
    here = (model.name for model in kilde.answer_models.models() if model.usable)
    return [name for name in dict.fromkeys((QUOTING, kilde.settings.current().answer_model, *here, *used)) if name]
