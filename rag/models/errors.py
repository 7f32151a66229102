"""Errors of fetching and deleting models; each is a kind of an error of `rag.core.errors`."""

from __future__ import annotations

from rag.core.errors import DiskFull, ModelError, ModelUnavailable

__all__ = [
    "HubGated",
    "HubNotAllowed",
    "HubOffline",
    "HubSilent",
    "HubUnknown",
    "ModelBusy",
    "ModelDamaged",
    "ModelThere",
    "NoModelFiles",
    "NoModelId",
    "NoRoom",
    "WrongHash",
]


class NoModelId(ModelUnavailable):
    """A text that is no name of a model on the hub. values: model."""

    code = "no_model_id"


class HubOffline(ModelUnavailable):
    """Fetching is switched off on this machine. values: model."""

    code = "hub_offline"


class HubSilent(ModelUnavailable):
    """No connection to the hub, or it was lost. values: model, detail."""

    code = "hub_silent"


class HubUnknown(ModelUnavailable):
    """The hub does not know the model, or shows it only to some. values: model."""

    code = "hub_unknown"


class HubGated(ModelUnavailable):
    """The hub asks for its licence to be accepted first. values: model."""

    code = "hub_gated"


class HubNotAllowed(ModelUnavailable):
    """The hub's address is none that may be used, or it sends on to one that is not. values: host."""

    code = "hub_not_allowed"


class NoModelFiles(ModelUnavailable):
    """There is nothing in the repository that Kilde can use. values: model."""

    code = "no_model_files"


class WrongHash(ModelUnavailable):
    """What came is not what the hub says it is; it has been deleted. values: name."""

    code = "wrong_hash"


class NoRoom(DiskFull):
    """Not begun, because it would not fit. values: needed, free (GB)."""

    code = "no_room"


class ModelThere(ModelError):
    """A model of this name is there already, or being fetched. values: name."""

    code = "model_there"


class ModelBusy(ModelError):
    """It cannot be deleted while it is in use. values: name."""

    code = "model_busy"


class ModelDamaged(ModelError):
    """Its file cannot be read as what it should be. values: name, detail."""

    code = "model_damaged"
