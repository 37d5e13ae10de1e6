"""The page and the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.api.fakes import Fakes


@pytest.fixture
def built(tmp_path: Path) -> Fakes:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>")
    (tmp_path / "assets" / "index-1a2b.js").write_text("console.log(1);" * 500)
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path.parent / "secret.txt").write_text("secret")
    return Fakes(tmp_path)


def test_the_page_answers_for_its_own_routes(built: Fakes) -> None:
    for path in ("/", "/performance", "/a/b"):
        answer = built.client.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert answer.headers["Cache-Control"] == "no-cache"
    again = built.client.get("/", headers={"If-None-Match": built.client.get("/").headers["ETag"]})
    assert again.status_code == 304


def test_hashed_assets_are_kept_for_ever_and_compressed(built: Fakes) -> None:
    answer = built.client.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.mimetype == "text/javascript"
    assert built.client.get("/favicon.svg").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/assets/../../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/../secret.txt", "/assets/no.js", "/no.png"],
)
def test_nothing_outside_the_build_is_served(built: Fakes, path: str) -> None:
    answer = built.client.get(path)
    assert answer.status_code == 404
    assert b"secret" not in answer.data.replace(b"secret.txt", b"")


def test_unknown_api_paths_are_a_json_404(built: Fakes) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = built.client.open("/api/nothing", method=method)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_without_a_build_the_page_says_how_to_get_one(tmp_path: Path) -> None:
    answer = Fakes(tmp_path).client.get("/")
    assert answer.status_code == 200
    assert b"npm run build" in answer.data
    assert b"5173" in answer.data


def test_the_documentation_is_ours(built: Fakes, tmp_path: Path) -> None:
    assert b"/api/portfolio/balances" in built.client.get("/api/docs").data
    (tmp_path / "docs").mkdir()
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        (tmp_path / "docs" / name).write_text("x")
    page = built.client.get("/api/docs").get_data(as_text=True)
    assert "//" not in page.replace("</", "")
    assert built.client.get("/api/docs/swagger-ui.css").status_code == 200
    assert built.client.get("/api/docs/start.js").status_code == 200
    assert built.client.get("/api/docs/../index.html").status_code in {200, 404}
    assert built.client.get("/api/docs/other.js").status_code == 404
