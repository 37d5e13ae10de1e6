"""`dashboard-crypto`: one command, thin doors to the layers below. Each command imports what it needs when it runs."""

from __future__ import annotations

import sys

_BARE_SERVE = (["serve"],)


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exit codes: 0 done, 1 it did not work, 2 the configuration or the command line is wrong."""
    given = sys.argv[1:] if arguments is None else arguments
    if given in _BARE_SERVE:
        # The parser would cost a fifth of a second and its memory for nothing.
        from dashboard_crypto.cli.serve import serve_here

        serve_here()
    from dashboard_crypto.cli.parser import run

    sys.exit(run(given))


if __name__ == "__main__":
    main()
