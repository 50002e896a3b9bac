"""Run the notebooks from a clean kernel and write them with small, static outputs.

    python notebooks/execute.py            # all notebooks of this folder

What needs a running kernel (widgets, interactive plots) is taken out of what is written, and so is
all that tells when and where it ran: two runs on the same data give the same file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parent
TIMEOUT_S = 120
KEPT_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
STATIC = ("image/png", "text/html", "text/markdown", "text/plain")
LIVE = ("application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json")


def executed(path: Path) -> NotebookNode:
    """Return a notebook with the outputs of a clean kernel that runs beside its file."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
    )
    client.execute()
    return notebook


def stripped(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook with static outputs and nothing that changes from run to run."""
    notebook.metadata = NotebookNode(KEPT_METADATA)
    for cell in notebook.cells:
        cell.metadata = NotebookNode()
        if cell.cell_type == "code":
            cell.outputs = [static for out in cell.outputs if (static := _static(out)) is not None]
    return notebook


def _static(output: NotebookNode) -> NotebookNode | None:
    """Return an output as every viewer shows it, or None where it needs a kernel."""
    if "data" not in output:
        return output
    if any(kind in output.data for kind in LIVE):
        return None
    output.data = NotebookNode({kind: output.data[kind] for kind in STATIC if kind in output.data})
    alt = output.metadata.get("image/png", {}).get("alt", "")
    output.metadata = NotebookNode({"image/png": {"alt": alt}} if alt else {})
    if alt:
        output.data["text/plain"] = alt
    return output


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the notebooks and write static outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(FOLDER.glob("*.ipynb")))
    for path in parser.parse_args().notebooks:
        nbformat.write(stripped(executed(path.resolve())), path)


if __name__ == "__main__":
    main()
