"""Giving a file to another app: Android's share sheet, through a file that only the chosen app may read.

Not built on this machine: written from the documentation of Android's `ContentResolver` and `Intent`, behind one function.
"""

from __future__ import annotations

from kivy.utils import platform


def has_sheet() -> bool:
    """Whether this machine has a share sheet."""
    return bool(platform == "android")


def share(name: str, content: bytes, media_type: str, title: str) -> None:
    """Open the share sheet with a file. It lies in the shared downloads, where the chosen app reads it. Raises: OSError."""
    from jnius import autoclass, cast

    activity = autoclass("org.kivy.android.PythonActivity").mActivity
    values = autoclass("android.content.ContentValues")()
    values.put("_display_name", name)
    values.put("mime_type", media_type)
    resolver = activity.getContentResolver()
    downloads = autoclass("android.provider.MediaStore$Downloads").EXTERNAL_CONTENT_URI
    uri = resolver.insert(downloads, values)
    if uri is None:
        raise OSError("the file could not be made in the downloads")
    stream = resolver.openOutputStream(uri)
    try:
        stream.write(content)
    finally:
        stream.close()
    intent_class = autoclass("android.content.Intent")
    intent = intent_class(intent_class.ACTION_SEND)
    intent.setType(media_type)
    intent.putExtra(intent_class.EXTRA_STREAM, cast("android.os.Parcelable", uri))
    intent.addFlags(intent_class.FLAG_GRANT_READ_URI_PERMISSION)
    activity.startActivity(
        intent_class.createChooser(intent, cast("java.lang.CharSequence", autoclass("java.lang.String")(title)))
    )
