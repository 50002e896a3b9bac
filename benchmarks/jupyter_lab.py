"""A JupyterLab that only this machine reaches, for what drives it with a browser."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat

TOKEN = "for-this-run-alone"
NOTEBOOK = "review.ipynb"
_PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}


@contextmanager
def running_lab(home: Path, folder: Path, cells: Sequence[str], theme: str = "") -> Iterator[str]:
    """Start JupyterLab over `folder`, in which a notebook of `cells` is, and yield its address.

    Its settings are in `home`, so that none of the user's are seen or changed.
    """
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    notebook.metadata["kernelspec"] = _PYTHON
    nbformat.write(notebook, folder / NOTEBOOK)
    settings = home / "CONFIG" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false"}))
    if theme:
        (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": theme}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"IPYTHONDIR": str(home / "ipython"), "HOME": str(home)}
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    options += ["--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"]
    options += [f"--IdentityProvider.token={TOKEN}", "--LabApp.extension_manager=readonly"]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        env=os.environ | own,
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    reader = threading.Thread(target=server.stderr.read, daemon=True)
    try:
        while "is running at" not in (said := server.stderr.readline()):
            assert said, "JupyterLab ended before it was there"
        reader.start()
        yield f"http://127.0.0.1:{port}/lab/tree/{NOTEBOOK}?token={TOKEN}"
    finally:
        server.terminate()
        server.wait(60)
        if reader.ident is not None:
            reader.join(60)
        server.stderr.close()
