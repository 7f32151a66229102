"""What the program that stands in for a slow tesseract is at work with."""

from __future__ import annotations

import os

import psutil

SLEEP = f"61.{os.getpid():07d}"
"""Seconds, which no other run of the tests waits for as well."""


def sleeping() -> list[int]:
    """The ids of the processes that it has become."""
    return [one.pid for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", SLEEP]]
