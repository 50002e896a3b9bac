"""The documentation site: `sphinx-build -W -c docs . site`, from the repository's root.

The root is the source, so that links are the same in the repository and on the site, to
GLOSSARY.md too. Nothing on the site asks a network for anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygments.lexers.special import TextLexer

from detector import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "night-movement-detector"
author = "the authors of night-movement-detector"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "docs/index"
include_patterns = ["docs/*.md", "GLOSSARY.md", "CHANGELOG.md", "CONTRIBUTING.md"]
exclude_patterns = [".*", "site"]

# What stands in the navigation, by chapter: every page, each once.
NAVIGATION = {
    "A night of your own": ["first_night", "wearing", "report", "labels", "trend", "questions"],
    "What stands behind it": [
        "science",
        "method",
        "guidance",
        "validation",
        "sensitivity",
    ],
    "For studies": ["cohort", "scale", "two_legs", "review", "scoring", "evaluation", "simulation"],
    "Reference": ["cli", "api", "files", "page", "/GLOSSARY", "reading", "criteria"],
    "The project": ["/CHANGELOG", "/CONTRIBUTING"],
}

myst_heading_anchors = 4
nitpicky = False
default_role = "code"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_type_aliases = {name: name for name in ("npt.ArrayLike", "FloatArray", "SampleArray")}
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False

html_theme = "furo"
html_title = "night-movement-detector"
html_copy_source = False
html_show_sphinx = False
html_extra_path = ["site_root"]
html_static_path = ["site_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]


def navigation() -> str:
    """Return the navigation as MyST has it, to stand at the end of the first page."""
    chapters = [
        "\n".join(["```{toctree}", ":hidden:", f":caption: {title}", "", *pages, "```"])
        for title, pages in NAVIGATION.items()
    ]
    return "\n\n" + "\n\n".join(chapters) + "\n"


def add_navigation(_: Sphinx, page: str, source: list[str]) -> None:
    """Put the navigation into the first page, which stays without it in the repository."""
    if page == root_doc:
        source[0] += navigation()


def setup(app: Sphinx) -> None:
    """Have the first page read with the navigation, and tables as plain text."""
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", add_navigation)
