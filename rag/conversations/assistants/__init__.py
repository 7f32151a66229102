"""Assistants: a product owner's perspective with examples, a scope and a model of its own, stored in versions.

`store` saves them, `validation` checks their limits, `file_format` writes and reads them as JSON or TOML, `presets`
has some to start from, `examples` makes an example from an answer, `matching` ranks them for a question, `picture`
scales pictures down.
"""

from rag.conversations.assistants.store import Assistants, Version

__all__ = ["Assistants", "Version"]
