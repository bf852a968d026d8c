"""A stream of bytes cut into pieces of one length, copying as little as can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def cut(chunks: Iterable[bytes], size: int) -> Iterator[tuple[bytes | memoryview, bool]]:
    """Pieces of exactly `size`, the last one shorter or equal and marked; an empty stream is one empty, last piece.

    A piece may be a view into a chunk: use it before the next is asked for.
    """
    held = bytearray()
    for chunk in chunks:
        view = memoryview(chunk)
        if held:
            room = size - len(held)
            held += view[:room]
            view = view[room:]
            if not view:
                continue
            yield bytes(held), False
            held.clear()
        while len(view) > size:
            yield view[:size], False
            view = view[size:]
        held += view
    yield bytes(held), True
