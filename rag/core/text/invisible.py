"""Characters that nobody sees: the one place that says which these are, and what is left without them.

With them a text can say what no reader notices, such as in letters of Unicode's tag block, or a name can look like
another, such as by turning the direction of writing.
"""

import re

SOFT_HYPHEN = "\u00ad"
WORD_JOINER = "\u2060"
JOINERS = "\u200c\u200d"
"""Zero width joiner and non-joiner: Persian, Indian scripts and emoji are not written rightly without them."""
_TAGS = "\U000e0000-\U000e0fff"
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # all but tab and the ends of lines
_LINE_ENDS = "\t\n\r\u2028\u2029"
# characters that Unicode calls default-ignorable, marks of writing direction, and interlinear annotation
_FORMAT = f"{SOFT_HYPHEN}\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb{_TAGS}"
_SURROGATES = "\ud800-\udfff"  # half of a character, which JSON can spell and UTF-8 cannot hold

_INVISIBLE = re.compile(f"[{_CONTROLS}{_FORMAT}]")
_NOT_SHOWN = re.compile(f"[{_CONTROLS}{_FORMAT}{JOINERS}{_SURROGATES}\r]")
_NOT_ON_A_LINE = re.compile(f"[{_CONTROLS}{_FORMAT}{JOINERS}{_SURROGATES}{_LINE_ENDS}]")
_NOT_IN_DATA = re.compile(f"[{_TAGS}{_SURROGATES}]")


def without_invisible(text: str) -> str:
    """`text` as it is to be read: tabs, line ends and joiners stay."""
    return _INVISIBLE.sub("", text)


def visible(text: str) -> str:
    """`text` as it is shown to people, who may take one name for another: without joiners. Tabs and line feeds stay."""
    return _NOT_SHOWN.sub("", text)


def visible_line(text: str) -> str:
    """As `visible`, without tabs and line ends."""
    return _NOT_ON_A_LINE.sub("", text)


def without_hidden_letters(text: str) -> str:
    """`text` for another program: tag characters and lone surrogates become U+FFFD, so that offsets into it stay."""
    return _NOT_IN_DATA.sub("\ufffd", text)


def is_tag(code: int) -> bool:
    """Whether a code point is in Unicode's tag block."""
    return 0xE0000 <= code <= 0xE0FFF
