"""The answer models that every model picker offers."""

from collections.abc import Iterable

from rag.core.model_ref import QUOTING
from rag.ui.shell.session import library


def answer_models(used: Iterable[str] = ()) -> list[str]:
    """Quoting, the model of the settings, the usable models on this machine and on servers, and `used`; no repeats."""
    kilde = library()
    usable = (model.name for model in kilde.answer_models.models() if model.usable)
    return [name for name in dict.fromkeys((QUOTING, kilde.settings.current().answer_model, *usable, *used)) if name]
