"""Jobs about thumbnails."""

from __future__ import annotations

from server.services import thumbnails


def thumbnail(argument: str) -> None:
    """Make the thumbnail of one photo. Args: argument: "<book>/<sha256>"."""
    book, _, sha256 = argument.partition("/")
    thumbnails.make_thumbnail(book, sha256)


def missing_thumbnails(_argument: str) -> None:
    """Make up for photos whose thumbnail nobody asked for."""
    thumbnails.enqueue_missing()
