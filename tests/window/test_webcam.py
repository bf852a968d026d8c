"""A desktop's camera: what it sees is taken upright, sealed like any picture, and the camera is let go."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from field_app.presenters.photo import TakePhotoPage
from field_app.screens import webcam
from field_app.services import photos, visits
from tests.presenters.rounds import SHOPS, Round
from tests.window.conftest import Start


class OneFrame:
    """A camera as Kivy's providers are, that always sees red above blue."""

    def __init__(self, **options: Any) -> None:
        from kivy.graphics.texture import Texture

        assert options["stopped"] is True
        self.is_on = False
        self.texture = Texture.create(size=(64, 48), colorfmt="rgb")
        self.texture.flip_vertical()
        self.texture.blit_buffer(b"\xff\0\0" * 64 * 24 + b"\0\0\xff" * 64 * 24, colorfmt="rgb", bufferfmt="ubyte")
        self._then: Any = None

    def bind(self, *, on_texture: Any, on_load: Any) -> None:
        self._then = on_texture

    def start(self) -> None:
        self.is_on = True
        self._then(self)

    def stop(self) -> None:
        self.is_on = False


def test_a_picture_of_the_webcam_is_upright_and_sealed_and_the_camera_goes_off(
    start: Start, the_round: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = start(size=(360, 640))
    device = hands.app.session.device
    visit = visits.check_in(device, the_round.shops[SHOPS[0]])
    made: list[OneFrame] = []
    monkeypatch.setattr(webcam, "is_there", lambda: True)
    monkeypatch.setattr(webcam, "_provider", lambda: lambda **options: made.append(OneFrame(**options)) or made[-1])
    hands.app.restart(TakePhotoPage(hands.app, visit))

    hands.tap("camera")
    assert made[0].is_on and hands.faults() == []
    hands.tap("shoot")
    hands.wait(lambda: hands.page.preview is not None, "the picture")

    assert not made[0].is_on
    sealed = photos.held(device, visit)
    assert sealed is not None
    picture = Image.open(io.BytesIO(photos.read_sealed(device, sealed)))
    above, below = picture.getpixel((32, 8)), picture.getpixel((32, 40))
    assert above[0] > 200 > 60 > above[2] and below[2] > 200 > 60 > below[0], (above, below)  # type: ignore[index]


def test_a_webcam_that_another_program_holds_is_said_and_a_file_is_offered(
    start: Start, the_round: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = start(size=(360, 640))
    visit = visits.check_in(hands.app.session.device, the_round.shops[SHOPS[0]])

    def busy(**_: object) -> None:
        raise OSError("device busy")

    monkeypatch.setattr(webcam, "is_there", lambda: True)
    monkeypatch.setattr(webcam, "_provider", lambda: busy)
    hands.app.restart(TakePhotoPage(hands.app, visit))
    hands.tap("camera")

    assert "cannot be opened" in hands.words() and hands.faults() == []
    hands.press(27)
    assert hands.field("path")
