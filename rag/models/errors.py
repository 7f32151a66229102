"""Errors of downloading and deleting models, as subclasses of errors in `rag.core.errors`."""

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
    """The text is no valid model name of the hub. values: model."""

    code = "no_model_id"


class HubOffline(ModelUnavailable):
    """Downloads are disabled on this machine. values: model."""

    code = "hub_offline"


class HubSilent(ModelUnavailable):
    """The hub cannot be reached, or the connection was lost. values: model, detail."""

    code = "hub_silent"


class HubUnknown(ModelUnavailable):
    """The model is unknown to the hub, or private. values: model."""

    code = "hub_unknown"


class HubGated(ModelUnavailable):
    """The model's licence must be accepted on the hub first. values: model."""

    code = "hub_gated"


class HubNotAllowed(ModelUnavailable):
    """The hub's address, or one it redirects to, is not allowed. values: host."""

    code = "hub_not_allowed"


class NoModelFiles(ModelUnavailable):
    """The repository has no files that Kilde can use. values: model."""

    code = "no_model_files"


class WrongHash(ModelUnavailable):
    """The content does not match the hub's hash; it was deleted. values: name."""

    code = "wrong_hash"


class NoRoom(DiskFull):
    """The download does not fit on the disk and was not begun. values: needed, free (GB)."""

    code = "no_room"


class ModelThere(ModelError):
    """A model of this name exists, or is being downloaded. values: name."""

    code = "model_there"


class ModelBusy(ModelError):
    """A model in use cannot be deleted. values: name."""

    code = "model_busy"


class ModelDamaged(ModelError):
    """The file of the model is damaged. values: name, detail."""

    code = "model_damaged"
