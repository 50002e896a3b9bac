"""The options that say by which rules and thresholds, for every command that judges movements."""

from __future__ import annotations

from pathlib import Path

import click

rules_option = click.option(
    "--rules",
    type=click.Choice(["wasm", "aasm"]),
    default="wasm",
    show_default=True,
    help="Rule set for periodic series: WASM 2016 or the AASM manual.",
)
criteria_option = click.option(
    "--criteria",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A TOML file with other thresholds.",
)
