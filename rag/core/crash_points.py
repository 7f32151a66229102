"""Named steps on the way of a change to the disk, so that a test can end the program at any of them.

Without a hook a step is one comparison.
"""

from collections.abc import Callable

hook: Callable[[str], None] | None = None
"""Called with the name of each step; set by the fault tests alone."""


def crash_point(step: str) -> None:
    """Say that `step` is done."""
    if hook is not None:
        hook(step)
