"""Write the commands' help into docs/cli.md, 80 columns wide.

    python docs/make_cli.py            # write it
    python docs/make_cli.py --check    # exit 1 where it is not up to date

What stands between the two marks is generated; the rest of the page is written by hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from detector.cli import main as detector

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "cli.md"
BEGIN = "<!-- generated: python docs/make_cli.py -->"
END = "<!-- end of what is generated -->"
WIDTH = 80


def commands(
    command: click.Command, name: str = "detector", parent: click.Context | None = None
) -> Iterator[click.Context]:
    """Yield the context of a command and of all below it."""
    context = click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        **command.context_settings,
    )
    yield context
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None and not found.hidden:
                yield from commands(found, below, context)


def generated() -> str:
    """Return a chapter a command, with its help as the terminal shows it."""
    return "\n\n".join(
        f"## {context.command_path}\n\n```text\n{context.get_help().strip()}\n```"
        for context in commands(detector)
    )


def up_to_date() -> str:
    """Return the page as it has to be."""
    head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, tail = rest.split(END)
    return f"{head}{BEGIN}\n\n{generated()}\n\n{END}{tail}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the commands' help into docs/cli.md.")
    parser.add_argument("--check", action="store_true", help="write nothing, tell by exit status")
    fresh = up_to_date()
    if parser.parse_args().check:
        sys.exit(int(fresh != PAGE.read_text(encoding="utf-8")))
    PAGE.write_text(fresh, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
