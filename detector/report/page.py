"""The page: one HTML file that needs no network, and says so to the browser."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Literal

from detector.pipeline import Analysis
from detector.raw_samples import RawSource
from detector.report.page_data import page_data
from detector.report.sheet import doctor_sheet
from detector.report.templating import templates
from detector.report.terms import all_terms, explainer
from detector.report.texts import DEFAULT_LANGUAGE, speaking, texts
from detector.report.timeline import LABEL_ORDER
from detector.report.view import (
    criteria_view,
    guidance_view,
    night_view,
    overview_table,
    quality_view,
    shared_notes,
    sources_view,
    technical_view,
)

_SCRIPTS = ("plots.js", "night.js", "movement.js", "table.js", "report.js")
Assets = Literal["inline", "beside"]
# The page weighs less than this beside the plot library, and with it less than 8 MB
PAGE_BYTES = 2_950_000


def page_html(
    analysis: Analysis,
    *,
    command: str,
    notes: Sequence[tuple[str, str]] = (),
    raw: Sequence[RawSource] = (),
    assets: Assets = "inline",
    language: str = DEFAULT_LANGUAGE,
) -> str:
    """Return the page of an analysis as one string; see `page_parts`."""
    parts = page_parts(
        analysis, command=command, notes=notes, raw=raw, assets=assets, language=language
    )
    return "".join(parts)


def page_parts(
    analysis: Analysis,
    *,
    command: str,
    notes: Sequence[tuple[str, str]] = (),
    raw: Sequence[RawSource] = (),
    assets: Assets = "inline",
    language: str = DEFAULT_LANGUAGE,
) -> Iterator[str]:
    """Return the page of an analysis in pieces, so that it need not be in memory as a whole.

    `command` is shown as what made it; `notes` are (what, text), as the person wrote them down.
    `raw` gives the samples of the file round movements, of two legs the left one's and the right
    one's; without it the page shows the signal at the rate of the analysis. With `assets` beside
    the page looks for `plotly.min.js`, the text of `plotly_script()`, in its own folder.
    `language` names a file of texts; guidance and reasons are English as yet.
    """
    script = _page_script()
    inline = (plotly_script(), script) if assets == "inline" else (script,)
    with speaking(language):
        body, data = _body_and_data(
            analysis,
            command=command,
            notes=notes,
            raw=raw,
            scripts=inline,
            script_bytes=len(script),
        )
    yield body
    del body  # a week's is large
    yield from ('<script type="application/json" id="data">', data, "</script>\n")
    del data
    for one in inline:
        yield from ("<script>", one, "</script>\n")
    yield "</body>\n</html>\n"


def _body_and_data(
    analysis: Analysis,
    *,
    command: str,
    notes: Sequence[tuple[str, str]],
    raw: Sequence[RawSource],
    scripts: Sequence[str],
    script_bytes: int,
) -> tuple[str, str]:
    """Return what is read, and what the script draws from; together they keep to their limit."""
    beside = len(scripts) == 1
    shared = shared_notes(analysis)
    nights = [night_view(analysis, i, set(shared)) for i in range(len(analysis.nights))]
    # Not rendered at once: of a week the pieces take several times what they make
    written = StringIO()
    written.writelines(
        templates("detector.report")
        .get_template("report.html.j2")
        .generate(
            t=texts(),
            labels=LABEL_ORDER,
            policy=content_security_policy(scripts, beside=beside),
            recording=analysis.recording,
            hours=analysis.signal.duration_s / 3600,
            version=analysis.version,
            command=command,
            nights=nights,
            explainer=explainer,
            terms=all_terms(),
            sheet=doctor_sheet(analysis, notes),
            notes=[(texts()["notes"].get(what, what), text) for what, text in notes],
            overview=overview_table(analysis),
            guidance=guidance_view(analysis),
            sources=sources_view(analysis),
            quality=quality_view(analysis),
            criteria=criteria_view(analysis),
            technical=technical_view(analysis),
            inline=not beside,
        )
    )
    body = written.getvalue()
    room = PAGE_BYTES - len(body.encode()) - script_bytes
    return body, page_data(analysis, nights, raw, room)


def content_security_policy(scripts: Sequence[str], *, beside: bool = False) -> str:
    """Return the policy that lets these scripts run and nothing else load.

    A browser checks no hash of a file that it reads from a disk. So where the plot library lies
    beside the page, the page's own script, which is known by its hash, may ask for it
    ('strict-dynamic'); no script that stands in the page otherwise can.
    """
    hashes = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    ]
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    if beside:
        allowed = f"'strict-dynamic' {allowed}"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


@cache
def plotly_script() -> str:
    """Return the plot library as it comes with plotly."""
    # The file that plotly.offline.get_plotlyjs gives, without the import of plotly
    found = find_spec("plotly")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("No module named 'plotly'", name="plotly")
    path = Path(found.origin).parent / "package_data" / "plotly.min.js"
    return _inline(path.read_text(encoding="utf-8"))


@cache
def _page_script() -> str:
    folder = files(__package__).joinpath("templates")
    parts = [folder.joinpath(name).read_text(encoding="utf-8") for name in _SCRIPTS]
    return _inline("".join(('"use strict";\n(() => {\n', *parts, "})();\n")))


def _inline(script: str) -> str:
    """Return a script as a browser sees it within a page, whose hash has to fit."""
    if re.search("</script|<!--", script, re.IGNORECASE):
        raise ValueError("a script would end its own element in the page")
    return script.replace("\r\n", "\n").replace("\r", "\n")
