"""`detector guidance`: every fact with its article, for people or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict

import click

from detector.guidance.choice import Advice, beyond_the_articles, facts_on, limits
from detector.guidance.facts import PATTERNS, Article, Fact, Kind, articles, facts, texts

Entry = tuple[str, str, str]  # ids, text, sources
Section = tuple[str, list[Entry]]


@click.command("guidance")
@click.option(
    "--pattern", type=click.Choice(PATTERNS), help="List only what concerns this movement pattern."
)
@click.option("--json", "as_json", is_flag=True, help="Write facts and articles as JSON.")
def guidance(pattern: str | None, as_json: bool) -> None:
    """List what the articles know of twitching in sleep, each fact with its article.

    When to see a doctor is always among it, and none of it replaces one.
    """
    chosen = facts_on(pattern)
    if as_json:
        click.echo(json.dumps(_document(pattern, chosen), indent=2, ensure_ascii=False))
        return
    title = _title(pattern)
    sections = list(_sections(chosen))
    notes = [line.text for line in limits()]
    if left_out := _left_out(pattern, chosen):
        notes.append(texts()["left_out"].format(facts=", ".join(left_out)))
    if sys.stdout.isatty():
        _print_rich(title, sections, notes)
    else:
        _print_plain(title, sections, notes)


def _title(pattern: str | None) -> str:
    words = texts()
    if pattern is None:
        return str(words["title"])
    return str(words["pattern_title"].format(pattern=words["patterns"][pattern]))


def _sections(chosen: tuple[Fact, ...]) -> Iterator[Section]:
    """Yield the facts by kind, what goes beyond the articles before their own see-a-doctor facts.

    The last section names the sources in full.
    """
    words = texts()
    extra = beyond_the_articles()
    cited = _cited(chosen, extra)
    name = {article.id: article.name for article in cited}
    for kind in Kind:
        if kind is Kind.SEE_DOCTOR:
            yield words["beyond"], [("", line.text, _names(line, name)) for line in extra]
        entries = [(fact.id, fact.text, name[fact.article]) for fact in chosen if fact.kind is kind]
        if entries:
            yield words["kinds"][kind], entries
    yield words["sources_title"], [("", article.citation, "") for article in cited]


def _names(line: Advice, name: Mapping[str, str]) -> str:
    return "; ".join(name[source] for source in line.articles)


def _cited(chosen: tuple[Fact, ...], extra: tuple[Advice, ...]) -> list[Article]:
    used = {fact.article for fact in chosen} | {id_ for line in extra for id_ in line.articles}
    return [article for article in articles() if article.id in used]


def _left_out(pattern: str | None, chosen: tuple[Fact, ...]) -> list[str]:
    """Return the ids that concern the pattern and are yet not listed."""
    if pattern is None:
        return []
    listed = {fact.id for fact in chosen}
    return [fact.id for fact in facts() if fact.bears_on(pattern) and fact.id not in listed]


def _document(pattern: str | None, chosen: tuple[Fact, ...]) -> dict[str, object]:
    extra = beyond_the_articles()
    return {
        "pattern": pattern,
        "facts": [asdict(fact) for fact in chosen],
        "see_doctor_soon": [asdict(line) for line in extra],
        "limits": [asdict(line) for line in limits()],
        "left_out": _left_out(pattern, chosen),
        "articles": [
            asdict(article) | {"citation": article.citation} for article in _cited(chosen, extra)
        ],
    }


def _print_plain(title: str, sections: list[Section], notes: list[str]) -> None:
    """Write one fact a line, unwrapped, so that a pipe can search it."""
    click.echo(title)
    for heading, entries in sections:
        click.echo(f"\n{heading}")
        for ids, text, source in entries:
            label = f"{ids}  " if ids else ""
            click.echo(f"  {label}{text}{f' [{source}]' if source else ''}")
    for note in notes:
        click.echo(f"\n{note}")


def _print_rich(title: str, sections: list[Section], notes: list[str]) -> None:
    # rich takes long to import and only a person at a terminal needs it
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    console.print(Text(title, style="bold"))
    for heading, entries in sections:
        console.print()
        console.print(Text(heading, style="bold cyan"))
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True, min_width=3, style="dim")
        table.add_column(max_width=92)
        for ids, text, source in entries:
            table.add_row(ids, Text.assemble(text, (f"  [{source}]" if source else "", "dim")))
        console.print(table)
    for note in notes:
        console.print()
        console.print(Text(note, style="italic"))
