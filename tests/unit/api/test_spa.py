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


def test_brotli_is_what_the_build_packed_for_those_who_take_it(built: Fakes, tmp_path: Path) -> None:
    (tmp_path / "assets" / "index-1a2b.js.br").write_bytes(b"packed by the build")
    path = "/assets/index-1a2b.js"
    answers = {
        wanted: built.client.get(path, headers={"Accept-Encoding": wanted})
        for wanted in ("gzip, deflate, br", "gzip", "br;q=0, *", "*;q=0", "")
    }
    assert [answer.headers.get("Content-Encoding") for answer in answers.values()] == ["br", "gzip", "gzip", None, None]
    first = answers["gzip, deflate, br"]
    assert (first.data, first.mimetype) == (b"packed by the build", "text/javascript")
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert first.headers["Vary"] == "Accept-Encoding"
    again = built.client.get(path, headers={"Accept-Encoding": "br", "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_small_files_and_pictures_travel_as_they_are(built: Fakes, tmp_path: Path) -> None:
    (tmp_path / "icon.png").write_bytes(b"p" * 5_000)
    for path in ("/favicon.svg", "/icon.png"):
        answer = built.client.get(path, headers={"Accept-Encoding": "gzip, br"})
        assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, None)


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
