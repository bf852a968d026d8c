"""Backups in a bucket of S3, or of a server that speaks it. Key and address come from where AWS's own tools look for them
(`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_ENDPOINT_URL_S3` …).

Files are written with `If-None-Match: *`, so that none replaces another, and locked by the bucket's object lock where
`ROUNDBOOK_BACKUP_LOCK_DAYS` says for how long.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from server.storage.archives import READ_BYTES, AlreadyThere, ArchiveError, NoSuchFile, Put, checked

PART_BYTES = 8 * 1024 * 1024  # S3 takes parts of 5 MiB and more, 10,000 of them
_LARGE_PART_BYTES = 64 * 1024 * 1024
_LARGE_FROM = 1000


class BucketArchives:
    """s3://bucket/prefix."""

    def __init__(self, place: str) -> None:
        parts = urlsplit(place)
        self.bucket, self.prefix = parts.netloc, parts.path.strip("/")
        self._lock_days = int(os.environ.get("ROUNDBOOK_BACKUP_LOCK_DAYS") or 0)
        self._made: Any = None

    @property
    def where(self) -> str:
        """The bucket."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def _client(self) -> Any:
        if self._made is None:
            import boto3
            from botocore.config import Config

            region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
            retries = {"max_attempts": 5, "mode": "standard"}
            self._made = boto3.client("s3", region_name=region, config=Config(retries=retries, connect_timeout=10))
        return self._made

    def put_new(self, name: str, chunks: Iterable[bytes], *, hashed: bool = True) -> Put:
        """See ArchiveStore. It is hashed in any case."""
        digest, size = hashlib.sha256(), 0
        pieces = _pieces(chunks)
        first = next(pieces, b"")
        with _named_errors(name, self.where):
            second = next(pieces, None)
            if second is None:
                self._client.put_object(Body=first, IfNoneMatch="*", **self._at(name), **self._lock())
                return Put(len(first), hashlib.sha256(first).hexdigest())
            upload = self._client.create_multipart_upload(**self._at(name), **self._lock())["UploadId"]
            try:
                done = []
                for number, piece in enumerate(_chain(first, second, pieces), 1):
                    digest.update(piece)
                    size += len(piece)
                    answer = self._client.upload_part(Body=piece, PartNumber=number, UploadId=upload, **self._at(name))
                    done.append({"ETag": answer["ETag"], "PartNumber": number})
                self._client.complete_multipart_upload(
                    UploadId=upload, MultipartUpload={"Parts": done}, IfNoneMatch="*", **self._at(name)
                )
            except BaseException:
                self._client.abort_multipart_upload(UploadId=upload, **self._at(name))
                raise
        return Put(size, digest.hexdigest())

    def open(self, name: str) -> Iterator[bytes]:
        """See ArchiveStore."""
        with _named_errors(name, self.where):
            body = self._client.get_object(**self._at(name))["Body"]
        return self._read(name, body)

    def _read(self, name: str, body: Any) -> Iterator[bytes]:
        with _named_errors(name, self.where):
            yield from body.iter_chunks(READ_BYTES)

    def names(self, folder: str) -> list[str]:
        """See ArchiveStore."""
        checked(folder)
        start = f"{self.prefix}/{folder}/".lstrip("/")
        found: list[str] = []
        with _named_errors(folder, self.where):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=start):
                found += [item["Key"] for item in page.get("Contents", [])]
        return sorted(key[len(self.prefix) :].lstrip("/") for key in found)

    def let_go(self, name: str) -> None:
        """See ArchiveStore."""
        with _named_errors(name, self.where):
            self._client.delete_object(**self._at(name))

    def _at(self, name: str) -> dict[str, str]:
        checked(name)
        return {"Bucket": self.bucket, "Key": f"{self.prefix}/{name}".lstrip("/")}

    def _lock(self) -> dict[str, Any]:
        if not self._lock_days:
            return {}
        until = datetime.now(UTC) + timedelta(days=self._lock_days)
        return {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}


class _named_errors:
    """Turns what the library raises into errors that an operator understands."""

    def __init__(self, name: str, where: str) -> None:
        self.name, self.where = name, where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, ClientError):
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in ("PreconditionFailed", "412", "ConditionalRequestConflict"):
                raise AlreadyThere(self.name) from error
            if code in ("NoSuchKey", "404"):
                raise NoSuchFile(self.name) from error
            raise ArchiveError(f"{self.where} refused {self.name}: {code}") from error
        if isinstance(error, BotoCoreError):
            raise ArchiveError(f"{self.where} cannot be reached: {type(error).__name__}") from error


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The stream in parts as S3 takes them; larger ones further on, since their number is limited."""
    held, count = bytearray(), 0
    for chunk in chunks:
        held += chunk
        part = PART_BYTES if count < _LARGE_FROM else _LARGE_PART_BYTES
        while len(held) >= part:
            yield bytes(held[:part])
            del held[:part]
            count += 1
    if held:
        yield bytes(held)


def _chain(first: bytes, second: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from rest
