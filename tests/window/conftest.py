from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from field_app.window import configure

os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")  # a window that needs no screen; before Kivy makes one
configure((390, 844))

from kivy.clock import Clock  # noqa: E402
from kivy.core.window import Window  # noqa: E402

from field_app import language  # noqa: E402
from field_app.app import FieldApp  # noqa: E402
from tests.presenters.rounds import Round, a_round  # noqa: E402
from tests.window.hands import Hands  # noqa: E402

Clock._max_fps = 0
Start = Callable[..., Hands]


@pytest.fixture(scope="module")
def the_round(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    """A head office that answers, and a device after its first sync."""
    with a_round(tmp_path_factory.mktemp("round")) as made:
        yield made


@pytest.fixture
def start(the_round: Round, tmp_path: Path) -> Iterator[Start]:
    """Open the app in a window: `start(language="zh_Hans", size=(360, 640))`. `online`: on a device of its own."""
    running: list[Hands] = []

    def open_app(
        *,
        speaks: str = "en",
        size: tuple[int, int] = (390, 844),
        look: str = "light",
        text_size: str = "normal",
        unlocked: bool = True,
        online: bool = False,
    ) -> Hands:
        place = tmp_path / f"field-{len(running)}"
        session = the_round.own_session(place) if online else the_round.session(place, is_open=unlocked)
        if not online:
            session.line.is_cut = True  # type: ignore[attr-defined]  # a copy of a device that synced would be found out
        session.prefer(language=speaks, look=look, text_size=text_size)
        language.use(speaks)
        Window.size = size
        hands = Hands(FieldApp(session)).start()
        running.append(hands)
        hands.wait(lambda: Window.size == size and hands.app.screen is not None, "the window")
        return hands

    yield open_app
    for hands in running:
        hands.stop()
    language.use("en")
