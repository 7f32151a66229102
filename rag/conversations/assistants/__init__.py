"""Assistants: the product owner's angle, with examples, scope and a model of its own, kept in versions.

`kept.py` keeps them, `rules.py` says what is allowed, `file_form.py` takes them along as JSON or TOML, `ready_made.py`
holds those to start from, `examples.py` chooses the examples for a question, `routing.py` the assistant.
"""

from rag.conversations.assistants.store import Assistants, Version

__all__ = ["Assistants", "Version"]
