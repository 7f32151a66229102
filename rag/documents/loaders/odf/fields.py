"""The fields of forms in an OpenDocument file."""

from typing import Any

from rag.documents.loaders.bracketed import bracketed
from rag.documents.loaders.odf.package import attribute, find_all, name_of
from rag.documents.loaders.page_builder import one_line

_ON, _OFF = "☒", "☐"


class Fields:
    """Knows the fields by their ids, under which they stand in the text."""

    def __init__(self, content: Any, language: str) -> None:
        self._language = language
        self._fields: dict[str, Any] = {}
        for forms in find_all(content, "office:forms"):
            for element in forms.iterdescendants():
                for key in ("xml:id", "form:id"):
                    if isinstance(element.tag, str) and (name := attribute(element, key)):
                        self._fields[name] = element

    def text(self, control: Any) -> str:
        """What a field shows: its value, its box, its choices."""
        field = self._fields.get(attribute(control, "draw:control"))
        if field is None:
            return ""
        kind = name_of(field)
        label = one_line(attribute(field, "form:label"))
        if kind in ("form:checkbox", "form:radio"):
            state = attribute(field, "form:current-state") or attribute(field, "form:state")
            is_on = state == "checked" or "true" in (
                attribute(field, "form:current-selected"),
                attribute(field, "form:selected"),
            )
            return f"{_ON if is_on else _OFF} {label} "
        if kind in ("form:listbox", "form:combobox"):
            return self._choice(field)
        if kind in ("form:button", "form:password", "form:hidden", "form:image"):
            return ""
        value = attribute(field, "form:current-value") or attribute(field, "form:value")
        return f" {one_line(value) or label} "

    def _choice(self, field: Any) -> str:
        options = list(find_all(field, "form:option", "form:item"))
        names = [one_line(attribute(option, "form:label")) for option in options]
        chosen = [
            name
            for name, option in zip(names, options, strict=True)
            if "true" in (attribute(option, "form:current-selected"), attribute(option, "form:selected"))
        ]
        value = attribute(field, "form:current-value") or attribute(field, "form:value")
        shown = [*chosen, *([one_line(value)] if value else [])]
        listed = ", ".join(filter(None, names))
        choices = bracketed(listed, "options", self._language) if listed else ""
        return f" {', '.join(shown)} {choices} "
