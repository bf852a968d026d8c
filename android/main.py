"""Where Android starts the field app: its data lies in the app's own folder, which no other app can read."""

from __future__ import annotations

from pathlib import Path


def main() -> None:
    """Open the window on the whole screen."""
    from android.storage import app_storage_path

    from field_app.window import open_window

    open_window(Path(app_storage_path()) / "devices", invitation="", language=None, size=(0, 0), screenshots=None)


if __name__ == "__main__":
    main()
