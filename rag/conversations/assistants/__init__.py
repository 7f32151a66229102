"""Assistants: a product owner's perspective with examples, a scope and a model of its own, stored in versions.

`store` keeps them, `validation` says what is allowed, `file_format` writes and reads them as JSON or TOML, `presets`
has some to start from, `examples` makes an example from an answer, `matching` ranks them for a question, `picture`
makes any picture small.
"""

from rag.conversations.assistants.store import Assistants, Version

__all__ = ["Assistants", "Version"]
