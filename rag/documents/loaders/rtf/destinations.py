"""The groups of an RTF file that have a purpose of their own: notes, boxes, pictures, formulas, properties."""

import re
from collections.abc import Callable

from rag.documents.loaders.blocks import Block
from rag.documents.loaders.bracketed import described, noted
from rag.documents.loaders.numerals import numeral
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.raised import note_mark, subscript, superscript
from rag.documents.loaders.rtf.state import Flow, State, Style

_SKIPPED = frozenset((
    "colortbl", "listtable", "listoverridetable", "revtbl", "rsidtbl", "generator", "themedata", "datastore", "filetbl",
    "fldinst", "objdata", "objclass", "nonshppict", "shprslt", "bkmkstart", "bkmkend", "xmlnstbl", "nonesttables",
    "pntxta", "pntxtb", "datafield", "stextflow", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc", "tc", "xe", "private",
    "operator", "author", "subject", "keywords", "doccomm", "company", "creatim", "revtim", "printim", "buptim",
    "comment", "category", "manager", "mmathPict", "blipuid", "template", "hlinkbase", "linkval", "staticval",
    "propname",
))  # fmt: skip
_KNOWN = frozenset((
    "shpinst", "nesttableprops", "annotation", "atnauthor", "moMath", "moMathPara", "picprop", "formfield", "shppict",
    "do", "fldinst", "footnote", "listtext", "pntext",
))  # fmt: skip
"""Destinations that are read although they are marked as ones that older programs may pass over."""
_FLOWS = frozenset(("footnote", "annotation", "shptxt", "dptxbxtext"))
_AROUND = frozenset(f"{where}{page}" for where in ("header", "footer") for page in ("", "l", "r", "f"))
_CAUGHT = frozenset(("title", "atnauthor", "sn", "sv", "listtext", "pntext", "fldinst"))
_COUNTING = frozenset(("side", "page", "af", "of", "s.", "p."))
_FORMULA = frozenset(("mnum", "mden", "msup", "msub", "mrad", "mdeg", "mbar", "md"))
_MATH_PROPERTIES = re.compile(r"m\w+Pr$")
_OVERLINE = "\u0305"
_NUMBER = re.compile(r"(?!o$)[(§]?\s*\w")  # an "o" is a hollow bullet
_FIELD = re.compile(r"\s*(\w+)")


class Destinations:
    """Begins and ends such groups. language: "da" or "en", of the words that are added.

    body, around: the text, and that of headers and footers. flow: that of them which is being read. on_end: is called
    where the current group ends. caught: text of a group that does not go into a flow. box: of a form's field.
    """

    def __init__(self, omissions: Omissions, language: str) -> None:
        self.title = ""
        self.omissions = omissions
        self.language = language
        self.state = State()
        self.style = Style()
        self.stack: list[tuple[State, Callable[[], None] | None]] = []
        self.on_end: Callable[[], None] | None = None
        self.flow = self.body = Flow()
        self.around: dict[str, list[Block]] = {"header": [], "footer": []}
        self.caught: list[str] | None = None
        self.box: dict[str, int] = {}
        self.is_endnote = False
        self._note = ""
        self._note_counts: dict[str, int] = {}
        self._note_place: tuple[list[str], int] | None = None
        self._degree = ""
        self._has_picture = False  # in the shape that is being read
        self._description = ""
        self._property = ""
        self._instruction = ""
        self._comment_author = ""

    def write(self, text: str, *, is_raised: bool = False) -> None:
        """Add a text to the group that is being read."""
        raise NotImplementedError

    def begin_destination(self, name: str, *, is_starred: bool) -> bool:
        """Begin a group with a purpose of its own; False where the word is none that begins one."""
        state = self.state
        if state.destination == "skip":
            return True
        if name in _CAUGHT and not (name == "title" and state.destination != "info"):
            self._catch(name)
        elif name in _SKIPPED or _MATH_PROPERTIES.match(name) or (is_starred and name not in _KNOWN):
            state.destination = "skip"
        elif name in _FLOWS or name in _AROUND:
            self._begin_flow(name)
        elif name in ("fonttbl", "stylesheet", "info", "formfield", "nesttableprops"):
            state.destination = name
            if name == "formfield":
                self.box, self.on_end = {}, self._end_form_field
        elif name == "pict":
            self._begin_picture()
        elif name == "object":
            self.omissions.add("objects")
            state.destination = "object"
        elif name == "result":
            state.destination = "result"  # the picture of an object that is counted already
        elif name == "field":
            self._instruction = ""
        elif name == "fldrslt":
            if self._field_name() in ("PAGE", "NUMPAGES", "SECTIONPAGES", "TOC"):
                state.destination = "skip"
        elif name == "shp":
            self._begin_shape()
        elif name in _FORMULA:
            self._begin_formula_part(name)
        else:
            return False
        return True

    def _catch(self, name: str) -> None:
        """Take the text of a group for something else than the flow."""
        before, self.caught = self.caught, []
        caught = self.caught
        self.state.destination = name

        def end() -> None:
            self.caught = before
            text = one_line("".join(caught))
            if name == "title":
                self.title = text
            elif name == "atnauthor":
                self._comment_author = text
            elif name == "sn":
                self._property = text
            elif name == "sv" and self._property == "wzDescription":
                self._description = text
            elif name in ("listtext", "pntext"):
                self.flow.mark = text if _NUMBER.match(text) else "•" if text else ""
            elif name == "fldinst":
                self._instruction = text

        self.on_end = end

    def _begin_flow(self, name: str) -> None:
        outer, self.flow = self.flow, Flow(name)
        self._note, self.is_endnote = "", False
        inner, style = self.flow, self.style
        self.state.destination = name
        self.state.plain()
        self._description = ""

        def end() -> None:
            inner.end()
            self.flow, self.style = outer, style
            if name in _AROUND:
                told = self.around[name[:6]]
                texts = {block.text for block in told}
                told += [
                    Block("paragraph", block.text)
                    for block in inner.blocks
                    if block.text not in texts and not set(one_line(block.text).casefold().split()) <= _COUNTING
                ]
            elif name == "annotation":
                if text := inner.line():
                    outer.beside.append(Block("paragraph", noted(text, self._comment_author)))
                self._comment_author = ""
            elif name == "footnote":
                if self._note_place is not None:
                    self._note_mark()
                if text := inner.line():
                    outer.beside.append(Block("paragraph", text))
            else:
                outer.beside += inner.blocks

        self.on_end = end

    def _begin_shape(self) -> None:
        self.state.destination = "shp"
        self._description, self._has_picture = "", False

        def end() -> None:
            if self._description:
                said = described(self._description, self.language)
                self.flow.beside.append(Block("paragraph", said))
            elif self._has_picture:
                self.omissions.add("pictures")
            self._description, self._has_picture = "", False

        self.on_end = end

    def _begin_picture(self) -> None:
        is_counted = self.state.destination != "result"
        if any(state.destination == "shp" for state, _ in self.stack):
            self._has_picture, is_counted = True, False
        is_alone = not self._has_picture
        self.state.destination = "pict"

        def end() -> None:
            if self._description and is_alone:
                said = described(self._description, self.language)
                self.flow.beside.append(Block("paragraph", said))
            elif is_counted:
                self.omissions.add("pictures")
            if is_alone:
                self._description = ""

        self.on_end = end

    def _begin_formula_part(self, name: str) -> None:
        """Fractions, powers and roots of a formula in one line."""
        before, self.caught = self.caught, []
        caught = self.caught

        def end() -> None:
            self.caught = before
            text = "".join(caught).strip()
            grouped = text if re.fullmatch(r"[\w.,]+", text) else f"({text})"
            if name == "mdeg":
                self._degree = superscript(text)
                return
            self.write({
                "mnum": grouped, "mden": f"/{grouped}", "msup": superscript(text), "msub": subscript(text),
                "mrad": f"{self._degree}√{grouped}", "mbar": "".join(letter + _OVERLINE for letter in text),
                "md": f"({text})",
            }[name])  # fmt: skip
            self._degree = ""

        self.on_end = end

    def _end_form_field(self) -> None:
        if self.box.get("fftype") == 1:
            result = self.box.get("ffres", 25)
            is_on = self.box.get("ffdefres", 0) if result == 25 else result
            self.flow.parts.append("☒" if is_on == 1 else "☐")

    def _field_name(self) -> str:
        match = _FIELD.match(self._instruction)
        return match[1].upper() if match else ""

    def note_number(self) -> None:
        """The number of a note that counts by itself, at its place in the text and again in front of the note."""
        if self.flow.kind == "footnote":
            self.write(self._note_mark(), is_raised=True)
        else:
            self._note_place = (self.flow.parts, len(self.flow.parts))
            self.flow.parts.append("")

    def _note_mark(self) -> str:
        """The number of the note that is being read; endnotes have small Roman numbers."""
        if not self._note:
            kind = "i" if self.is_endnote else "1"
            self._note_counts[kind] = self._note_counts.get(kind, 0) + 1
            self._note = numeral(self._note_counts[kind], kind)
            if self._note_place is not None:
                parts, place = self._note_place
                parts[place] = note_mark(self._note)
                self._note_place = None
        return self._note
