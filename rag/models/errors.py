"""Errors of fetching and deleting models; each is a kind of an error of `rag.core.errors`."""

from __future__ import annotations

from rag.core.errors import DiskFull, ModelError, ModelUnavailable


class NoModelId(ModelUnavailable):
    """A text that is no name of a model on the hub. values: model."""


class HubOffline(ModelUnavailable):
    """Fetching is switched off on this machine. values: model."""


class HubSilent(ModelUnavailable):
    """No connection to the hub, or it was lost. values: model, detail."""


class HubUnknown(ModelUnavailable):
    """The hub does not know the model, or shows it only to some. values: model."""


class HubGated(ModelUnavailable):
    """The hub asks for its licence to be accepted first. values: model."""


class HubNotAllowed(ModelUnavailable):
    """The hub's address is none that may be used, or it sends on to one that is not. values: host."""


class NoModelFiles(ModelUnavailable):
    """There is nothing in the repository that Kilde can use. values: model."""


class WrongHash(ModelUnavailable):
    """What came is not what the hub says it is; it has been deleted. values: name."""


class NoRoom(DiskFull):
    """Not begun, because it would not fit. values: needed, free (GB)."""


class ModelThere(ModelError):
    """A model of this name is there already, or being fetched. values: name."""


class ModelBusy(ModelError):
    """It cannot be deleted while it is in use. values: name."""


class ModelDamaged(ModelError):
    """Its file cannot be read as what it should be. values: name, detail."""
