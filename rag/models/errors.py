"""Errors of downloading and deleting models, as subclasses of errors in `rag.core.errors`."""

from rag.core.errors import DiskFull, ModelError, ModelUnavailable


class NoModelId(ModelUnavailable):
    """The text is no valid model name of the hub. values: model."""


class HubOffline(ModelUnavailable):
    """Downloads are disabled on this machine. values: model."""


class HubSilent(ModelUnavailable):
    """The hub cannot be reached, or the connection was lost. values: model, detail."""


class HubUnknown(ModelUnavailable):
    """The model is unknown to the hub, or private. values: model."""


class HubGated(ModelUnavailable):
    """The model's licence must be accepted on the hub first. values: model."""


class HubNotAllowed(ModelUnavailable):
    """The hub's address, or one it redirects to, is not allowed. values: host."""


class NoModelFiles(ModelUnavailable):
    """The repository has no files that Kilde can use. values: model."""


class WrongHash(ModelUnavailable):
    """The content does not match the hub's hash; it was deleted. values: name."""


class NoRoom(DiskFull):
    """The download does not fit on the disk and was not begun. values: needed, free (GB)."""


class ModelThere(ModelError):
    """A model of this name exists, or is being downloaded. values: name."""


class ModelBusy(ModelError):
    """A model in use cannot be deleted. values: name."""


class ModelDamaged(ModelError):
    """The file of the model is damaged. values: name, detail."""
