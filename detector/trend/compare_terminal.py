"""Comparisons in plain words, for the terminal: what these nights do and do not show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from detector.guidance import articles
from detector.trend.comparison import RANDOMIZED, Comparison
from detector.trend.factors import factor_named, facts_on_factor
from detector.trend.nights import PersonNights
from detector.trend.terminal import WIDTH, wrapped
from detector.trend.texts import figure_text, figure_unit, nights_text, setup_text, texts
from detector.trend.view import signed

_ALPHA = 0.05


def print_comparisons(console: Console, nights: PersonNights, found: Sequence[Comparison]) -> None:
    """Print each comparison with the articles' facts on its factor."""
    for line in comparison_lines(nights, found):
        for part in wrapped(line, min(WIDTH, console.width)):
            console.print(part, soft_wrap=True)


def comparison_lines(nights: PersonNights, found: Sequence[Comparison]) -> Iterator[Text]:
    """Yield the lines, longer than a screen where a sentence is."""
    words = texts()["compare"]
    if nights.setup is not None:
        yield Text(
            words["nights_used"].format(
                used=len(nights.used),
                count=nights_text(len(nights.nights)),
                setup=setup_text(nights.setup),
                figure=figure_unit(nights.figure),
            )
        )
    tested = sum(one.p is not None for one in found)
    if len(found) > 1:
        yield Text()
        yield from _table(found)
    for one in found:
        yield Text()
        yield from _comparison(one, tested)
        yield from _facts(one.factor)
    yield Text()
    yield Text(texts()["view"]["no_doctor"], style="italic")


def _table(found: Sequence[Comparison]) -> Iterator[Text]:
    """Yield a line a comparison, with the probability corrected for their number."""
    words = texts()["compare"]
    head = f"{words['column_sides']:<36}{words['column_nights']:>8}{words['column_difference']:>25}"
    yield Text(f"{head}{words['column_holm']:>10}", style="bold")
    for one in found:
        sides = f"{one.with_.condition} / {one.against.condition}"
        sides = sides if len(sides) <= 35 else sides[:34] + "…"
        line = f"{sides:<36}{one.with_.nights:>4}/{one.against.nights:<3}"
        if one.difference is None or one.p_holm is None:
            yield Text(f"{line}{words['too_few_cell']:>25}", style="dim")
            continue
        low, high = ("?" if v is None else signed(v, one.figure) for v in (one.low, one.high))
        difference = f"{signed(one.difference, one.figure)} ({low} to {high})"
        yield Text(f"{line}{difference:>25}{_share_cell(one.p_holm):>10}")


def _share_cell(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _comparison(one: Comparison, tested: int) -> Iterator[Text]:
    words = texts()["compare"]
    factor = factor_named(one.factor)
    title = words["title"].format(
        factor=factor.title if factor else one.factor,
        one=one.with_.phrase,
        other=one.against.phrase,
    )
    yield Text(title, style="bold")
    if one.too_few is not None or one.difference is None:
        yield Text(words["too_few"].format(why=one.too_few))
        return
    yield Text(words["randomized" if one.kind == RANDOMIZED else "association"] + ".")
    yield Text(_sides(one))
    yield Text(_difference(one))
    yield Text(words["adjusted"])
    yield Text(_chance(one, tested) + ".")
    if one.strayed:
        yield Text(words["strayed"].format(count=_evenings(one.strayed)))
    yield Text(_verdict(one, tested))


def _sides(one: Comparison) -> str:
    words = texts()["compare"]
    means = [
        "" if side.mean is None else figure_text(side.mean, one.figure)
        for side in (one.with_, one.against)
    ]
    said = words["sides"].format(
        n_one=nights_text(one.with_.nights),
        one=one.with_.phrase,
        mean_one=means[0],
        figure=figure_unit(one.figure),
        n_other=nights_text(one.against.nights),
        other=one.against.phrase,
        mean_other=means[1],
    )
    if one.washout:
        said += "; " + words["washout"].format(count=one.washout)
    return f"{said}."


def _difference(one: Comparison) -> str:
    words = texts()["compare"]
    value = one.difference or 0.0
    return str(
        words["difference"].format(
            value=figure_text(abs(value), one.figure),
            word=words["fewer" if value < 0 else "more"],
            figure=figure_unit(one.figure),
            one=one.with_.phrase,
            low=_bound(one.low, one.figure),
            high=_bound(one.high, one.figure),
        )
        + "."
    )


def _bound(value: float | None, figure: str) -> str:
    words = texts()["compare"]
    if value is None:
        return str(words["no_bound"])
    word = words["fewer" if value < 0 else "more"]
    return str(words["bound"].format(value=figure_text(abs(value), figure), word=word))


def _chance(one: Comparison, tested: int) -> str:
    words = texts()["compare"]
    holm = ""
    if tested > 1 and one.p_holm is not None:
        holm = words["p_holm"].format(count=tested, share=_share(one.p_holm))
    return str(words["p"].format(share=_share(one.p or 0.0), holm=holm))


def _share(p: float) -> str:
    if p < 0.001:
        return "fewer than 1 in 1000"
    return f"{100 * p:.1f} %" if p < 0.1 else f"{100 * p:.0f} %"


def _evenings(count: int) -> str:
    return "1 evening" if count == 1 else f"{count} evenings"


def _verdict(one: Comparison, tested: int) -> str:
    words = texts()["compare"]
    if one.low is None or one.high is None:
        return str(words["few_orders"])
    corrected = one.p_holm if one.p_holm is not None else one.p
    if corrected is not None and corrected <= _ALPHA:
        key = "shown_lot" if one.kind == RANDOMIZED else "shown_association"
        return str(words[key].format(factor=one.factor))
    if one.p is not None and one.p <= _ALPHA:
        return str(words["shown_alone"].format(count=tested))
    smallest = ""
    if one.smallest is not None:
        change = figure_text(one.smallest, one.figure)
        smallest = words["smallest"].format(value=change)
    low, high = (_bound(v, one.figure) for v in (one.low, one.high))
    return str(words["not_shown"].format(low=low, high=high, smallest=smallest))


def _facts(name: str) -> Iterator[Text]:
    words = texts()["compare"]
    factor = factor_named(name)
    facts = facts_on_factor(factor) if factor else ()
    yield Text(words["facts"] if facts else words["no_facts"], style="dim" if not facts else "bold")
    named = {article.id: article.name for article in articles()}
    for fact in facts:
        yield Text(f"- {fact.text} [{named[fact.article]}]")
