"""Words that not everyone knows: where one first stands it leads to what it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup, escape

from detector.report.texts import texts


@dataclass(frozen=True, slots=True)
class Term:
    """A word with what it means; `key` is its id on the page."""

    key: str
    word: str
    meaning: str


def all_terms() -> tuple[Term, ...]:
    """Return every explained word, in the order of the alphabet."""
    found = [
        Term(key, term["words"][0], " ".join(term["meaning"].split()))
        for key, term in texts()["terms"].items()
    ]
    return tuple(sorted(found, key=lambda term: term.word.casefold()))


@cache
def _pattern(language: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    """Return what finds a word, the longest first, and the term of each."""
    terms = texts(language)["terms"]
    keys = {word.casefold(): key for key, term in terms.items() for word in term["words"]}
    longest_first = sorted(keys, key=len, reverse=True)
    words = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE), keys


def explainer() -> Callable[[str], Markup]:
    """Return what makes a link of each word the first time that one part of the page has it."""
    seen: set[str] = set()
    pattern, keys = _pattern(texts()["language"]["code"])

    def explained(text: str) -> Markup:
        parts, last = [], 0
        for found in pattern.finditer(text):
            key = keys[found[0].casefold()]
            if key in seen:
                continue
            seen.add(key)
            parts += [escape(text[last : found.start()]), _link(key, found[0])]
            last = found.end()
        return Markup("").join([*parts, escape(text[last:])])

    return explained


def _link(key: str, word: str) -> Markup:
    return Markup('<a class="term" href="#word-{}">{}</a>').format(key, word)
