"""How easy the page is to read: python benchmarks/reading_level.py [RECORDING]

Takes the running text of the page of a night, the first sample by default, part by part, and
prints words a sentence, syllables a word, Flesch's reading ease (60 to 70 is plain English, more
is easier) and the Flesch-Kincaid grade (years at school). Syllables are counted by groups of
vowels, so a figure is right to about one grade.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

from detector.pipeline import analyze
from detector.readers import read
from detector.report.page import page_html

SAMPLE = Path(__file__).parents[1] / "sample_recordings" / "ankle_night.csv.gz"
PARTS = ("lead", "overview", "quality", "guide", "paper", "terms", "small", "card")


class Running(HTMLParser):
    """The sentences of paragraphs, list entries and explanations, by the part they stand in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.found: dict[str, list[str]] = {}
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "li", "dd"):
            self.text = []
        if tag not in ("meta", "br", "tr", "td", "input", "rect", "line", "path", "use", "circle"):
            self.open.append((tag, str(dict(attrs).get("class") or "")))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1][0] != tag:
            self.open.pop()
        if tag in ("p", "li", "dd") and self.open:
            text = " ".join("".join(self.text).split())
            if len(re.findall(r"[A-Za-z]{2,}", text)) >= 4:
                self.found.setdefault(self.part(), []).append(text.rstrip(".?:") + ".")
        if self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(tag in ("script", "style", "cite", "svg", "title") for tag, _ in self.open):
            self.text.append(data)

    def part(self) -> str:
        classes = [name for _, names in self.open for name in names.split()]
        return next((part for part in PARTS if part in classes), "other")


def syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith(("le", "ee")) and groups > 1
    return max(1, groups - silent)


def measured(text: str) -> tuple[int, float, float, float, float]:
    """Return words, words a sentence, syllables a word, reading ease and grade."""
    sentences = [s for s in re.split(r"(?<=[.?!])\s+", text) if re.search(r"[A-Za-z]{2}", s)]
    words = re.findall(r"[A-Za-z][A-Za-z'-]*", text)
    each = len(words) / len(sentences)
    long = sum(map(syllables, words)) / len(words)
    ease = 206.835 - 1.015 * each - 84.6 * long
    return len(words), each, long, ease, 0.39 * each + 11.8 * long - 15.59


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    page = page_html(analyze(read(path, placement="ankle")), command="detector analyze")
    found = Running(page).found
    found["all of it"] = [text for texts in found.values() for text in texts]
    print(f"{'part':10} {'words':>6} {'a sentence':>11} {'syllables':>10} {'ease':>6} {'grade':>6}")
    for part, texts in found.items():
        count, each, long, ease, grade = measured(" ".join(texts))
        print(f"{part:10} {count:6} {each:11.1f} {long:10.2f} {ease:6.0f} {grade:6.1f}")


if __name__ == "__main__":
    main()
