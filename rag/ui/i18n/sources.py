"""Words of how well a passage fits the question. key: (Danish, English)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "relevance_strong": ("Stærkt match", "Strong match"),
    "relevance_possible": ("Muligt match", "Possible match"),
    "relevance_weak": ("Svagt match", "Weak match"),
    "relevance_measured": (
        "I målinger på spørgsmål med kendte svar var {right} af 10 tekststeder mærket sådan dem, der blev ledt efter.",
        "In measurements on questions with known answers, {right} of 10 passages marked so were the ones looked for.",
    ),
    "relevance": ("Sandsynligt det rette", "Likely the right one"),
    "spelling": ("Spørgsmålets bogstaver her", "The question’s letters here"),
    "relevance_short": ("Sandsynlighed", "Likelihood"),
    "spelling_short": ("Bogstaver", "Letters"),
    "coverage_short": ("Ord her og omkring", "Words here and around"),
    "coverage": ("Spørgsmålets ord her og omkring", "The question’s words here and around"),
}
