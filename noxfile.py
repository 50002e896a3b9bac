"""One command for all that CI checks: `nox`. CONTRIBUTING.md has the plain commands."""

import nox

nox.options.sessions = ["check"]


@nox.session
def check(session: nox.Session) -> None:
    """Lint, types, tests, the documentation, and the page in a browser, in a fresh environment."""
    session.install(".[test,browser,notebook,docs]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("python", "-m", "pytest")
    session.run("sphinx-build", "-W", "--keep-going", "-q", "-c", "docs", ".", "site")
    session.run("python", "-m", "pytest", "tests/browser")
