"""A page reduced to what a reader sees or can open on it, in words: formulas, pictures and fields become text.

What is left is a tree of headings, blocks, lists and tables without anything else to be judged. Elements are emptied
and never removed, so that no text has to be joined to another, however many of them there are.
"""

from typing import Any

from lxml import etree

from rag.core.errors import FileRefused
from rag.documents.loaders.bracketed import bracketed, described
from rag.documents.loaders.html import fields
from rag.documents.loaders.html.controls import Openings, is_told
from rag.documents.loaders.html.formulas import linear
from rag.documents.loaders.html.notes import NoteMarks
from rag.documents.loaders.html.pictures import drawing_texts, is_small, picture_text
from rag.documents.loaders.html.source import body_of, parsed
from rag.documents.loaders.html.styles import LOWERED, RAISED, STRUCK, Styles
from rag.documents.loaders.html.visibility import BLOCKS, is_chrome, is_default, is_hidden, words
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import is_english, one_line
from rag.documents.loaders.raised import note_mark, subscript, superscript

_STRUCK = frozenset(("s", "del", "strike"))
_ROLES = {"table": "table", "grid": "table", "row": "tr", "cell": "td", "gridcell": "td", "columnheader": "th",
          "rowheader": "th", "list": "ul", "listitem": "li"}  # fmt: skip
_PLAIN = frozenset(("div", "span", "section", "p", "a"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_MAX_RAISED = 60
"""Characters; a longer text is only set differently, and is no power and no mark."""
_MIN_HIDDEN = 3
"""Words; hidden text of fewer is an icon or a help for one."""
_MAX_FRAMES = 2
"""How deep pages in pages are read."""


def reduce(root: Any, omissions: Omissions, number: int = 1, *, depth: int = 0) -> None:
    """Change a page in place. omissions: counts what is left out, on the page `number` of its document."""
    _Reduction(root, omissions, number, depth).run()


class _Reduction:
    def __init__(self, root: Any, omissions: Omissions, number: int, depth: int) -> None:
        self._root = root
        self._omissions = omissions
        self._number = number
        self._depth = depth
        language = (root.get("lang") or "").lower()
        is_danish = language.startswith("da") or (not language and not is_english(words(body_of(root))[:20_000]))
        self._language = "da" if is_danish else "en"
        self._styles = Styles(root)
        self._openings = Openings(root)
        self._marks = NoteMarks(root)
        self._labels = fields.Labels(root)

    def run(self) -> None:
        found = []
        walker = etree.iterwalk(self._root, events=("start",))
        for _, element in walker:
            if element is self._root:
                continue
            change = self._change(element)
            if change is not None:
                found.append((change, element))
                if change in (
                    _clear,
                    self._leave_out_struck,
                    self._leave_out_hidden,
                    self._formula,
                    self._svg,
                    self._field,
                ):
                    walker.skip_subtree()
        for change, element in reversed(found):  # what is inside an element comes before it
            change(element)

    def _change(self, element: Any) -> Any:
        """What is to be done with an element; None where it stays as it is."""
        tag = element.tag.rpartition(":")[2] if isinstance(element.tag, str) else ""
        if is_chrome(element, tag):
            return _clear
        if tag in _STRUCK or STRUCK in (kinds := self._styles.kinds(element)) or element.get("role") == "deletion":
            return self._leave_out_struck
        if is_hidden(element, tag) and not self._openings.can_open(element) and not is_default(element):
            return self._leave_out_hidden
        if tag == "sup" or (RAISED in kinds and tag not in ("td", "th", "img")):
            return self._raised
        if tag == "sub" or (LOWERED in kinds and tag not in ("td", "th", "img")):
            return self._lowered
        if tag == "a" and self._marks.is_reference(element):
            return self._raised
        if (role := element.get("role")) in ("tab", "tabpanel"):
            return self._tab if role == "tab" else self._panel
        if role in _ROLES and tag in _PLAIN:
            element.tag = _ROLES[role]
        elif role == "heading" and tag in _PLAIN:
            level = element.get("aria-level") or "2"
            element.tag = f"h{level}" if level in "123456" and len(level) == 1 else "h6"
        return {
            "math": self._formula,
            "svg": self._svg,
            "img": self._picture,
            "iframe": self._frame,
            "frame": self._frame,
            "object": self._object,
            "embed": self._object,
            "canvas": self._canvas,
            "video": self._media,
            "audio": self._media,
            "button": self._button,
            "input": self._field,
            "select": self._field,
            "textarea": self._field,
            "meter": self._field,
            "progress": self._field,
        }.get(tag)

    def _leave_out_struck(self, element: Any) -> None:
        if words(element).strip():
            self._omissions.add("struck", self._number)
        _clear(element)

    def _leave_out_hidden(self, element: Any) -> None:
        if element.tag != "svg" and len(words(element).split()) >= _MIN_HIDDEN:
            self._omissions.add("hidden", self._number)
        _clear(element)

    def _raised(self, element: Any) -> None:
        text = _short(element)
        if text:
            _say(element, note_mark(text) if self._marks.is_mark(element, text) else superscript(text))

    def _lowered(self, element: Any) -> None:
        if text := _short(element):
            _say(element, subscript(text))

    def _formula(self, element: Any) -> None:
        text = linear(element) or one_line(element.get("alttext") or "")
        _say(element, text, tag="p" if element.get("display") == "block" else "span")

    def _picture(self, element: Any) -> None:
        text = picture_text(element)
        if text:
            is_name = _is_within(element, "a", "button", "summary", *_HEADINGS)
            if is_name or self._has_text_beside(element):
                _say(element, text if is_name else bracketed(text, "picture", self._language))
            else:
                _say(element, described(text, self._language), tag="p")
        elif element.get("alt") != "" and not is_small(element):
            self._omissions.add("pictures", self._number)

    def _svg(self, element: Any) -> None:
        name, texts = drawing_texts(element)
        if not name and not texts and not is_small(element):
            self._omissions.add("drawings", self._number)
        lines = [described(name, self._language)] if name and not is_small(element) else []
        _say(element, "\u2028".join([*lines, *texts]), tag="div" if len(texts) > 1 else "span")

    def _frame(self, element: Any) -> None:
        source = element.get("srcdoc")
        if source and self._depth < _MAX_FRAMES:
            try:
                root = parsed(source)
            except FileRefused:
                return _clear(element)
            reduce(root, self._omissions, self._number, depth=self._depth + 1)
            body = body_of(root)
            _say(element, body.text or "", tag="div")
            element.extend(list(body))
            return None
        if element.get("src") and not is_small(element):
            self._omissions.add("frames", self._number)
        return _clear(element)

    def _object(self, element: Any) -> None:
        """What stands in an <object> is shown where its file cannot be: it is read, and the file named as left out."""
        self._omissions.add("objects", self._number)
        element.tag = "div"

    def _canvas(self, element: Any) -> None:
        self._omissions.add("drawings", self._number)
        element.tag = "div"

    def _media(self, element: Any) -> None:
        self._omissions.add("media", self._number)
        _clear(element)  # what stands in it is for programs that cannot play it

    def _button(self, element: Any) -> None:
        """Keep a button that opens something or tells something; one beside text is a word of its sentence."""
        text = one_line(words(element))
        in_text = element.getparent().tag in ("p", "li", "td", "dd") and self._has_text_beside(element)
        if in_text or _is_within(element, "summary", "dt", *_HEADINGS):
            element.tag = "span"
        elif is_told(element, text):
            element.tag = "div"
        else:
            _clear(element)

    @staticmethod
    def _has_text_beside(element: Any) -> bool:
        before, parent = element.getprevious(), element.getparent()
        text_before = parent.text if before is None else before.tail
        return bool(((text_before or "") + (element.tail or "")).strip())

    def _field(self, element: Any) -> None:
        _say(element, self._labels.field_text(element, self._language))

    def _tab(self, element: Any) -> None:
        """A tab's name stands above its panel, where there is one."""
        if element.get("aria-controls") or self._labels.names_panel(element):
            _clear(element)
        else:
            element.tag = "div"

    def _panel(self, element: Any) -> None:
        label = self._labels.panel_label(element)
        if label and not one_line(words(element)).startswith(label):
            name = etree.SubElement(element, "p")
            name.text, name.tail = label, element.text
            element.text = None
            element.insert(0, name)
        element.tag = "div"


def _is_within(element: Any, *tags: str) -> bool:
    return next(element.iterancestors(*tags), None) is not None


def _short(element: Any) -> str:
    text = "".join(element.itertext())
    is_inline = not any(child.tag in BLOCKS for child in element.iterdescendants(etree.Element))
    return text if len(text) <= _MAX_RAISED and is_inline else ""


def _say(element: Any, text: str, tag: str = "span") -> None:
    """Put a text in the place of what an element shows."""
    element.clear(keep_tail=True)
    element.tag = tag
    element.text = text or None


def _clear(element: Any) -> None:
    _say(element, "")
