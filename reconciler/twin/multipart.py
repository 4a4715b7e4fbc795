"""Multipart forms (RFC 7578), as files are sent: taken apart, and put together for requests inside the process."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.utils import collapse_rfc2231_value

_MOST_FIELDS = 100
_HEADERS = ("content-disposition", "content-type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A part of a form. ``filename`` and ``content_type`` are None where the part does not say."""

    content: bytes
    filename: str | None = None
    content_type: str | None = None


Form = Mapping[str, Field]


def parse(content_type: str, body: bytes) -> Form | None:
    """The fields of a form by name, the last of a name; None for what is no form or a broken one."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not isinstance(boundary, str) or not boundary:
        return None
    delimiter = b"\r\n--" + boundary.encode("latin-1", "replace")
    sections = (b"\r\n" + body).split(delimiter)
    if len(sections) < 2 or len(sections) > _MOST_FIELDS or not sections[-1].startswith(b"--"):
        return None
    fields: dict[str, Field] = {}
    for section in sections[1:-1]:
        named = _field(section)
        if named is None:
            return None
        fields[named[0]] = named[1]
    return fields


def _field(section: bytes) -> tuple[str, Field] | None:
    head, blank, content = section.partition(b"\r\n\r\n")
    if not blank:
        return None
    header = Message()
    for line in head.decode("utf-8", "replace").split("\r\n"):
        key, colon, value = line.partition(":")
        if colon and key.strip().lower() in _HEADERS:
            header[key.strip()] = value.strip()
    name = _parameter(header, "name")
    if name is None:
        return None
    kind = header.get_content_type() if "content-type" in header else None
    return name, Field(content=content, filename=_parameter(header, "filename"), content_type=kind)


def _parameter(header: Message, name: str) -> str | None:
    """A parameter of Content-Disposition. Browsers and clients write quotes and line ends in it as %22, %0D, %0A."""
    value = header.get_param(name, header="content-disposition")
    if value is None:
        return None
    return re.sub("%(22|0D|0A)", _decoded, collapse_rfc2231_value(value), flags=re.IGNORECASE)


def _decoded(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def encode(form: Form) -> tuple[str, bytes]:
    """Content type and body of a request with this form."""
    boundary = secrets.token_hex(16)
    parts = []
    for name, field in form.items():
        head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
        if field.filename is not None:
            head += f'; filename="{_quoted(field.filename)}"'
        if field.content_type is not None:
            head += f"\r\nContent-Type: {field.content_type}"
        parts.append(f"--{boundary}\r\n{head}\r\n\r\n".encode() + field.content + b"\r\n")
    return f"multipart/form-data; boundary={boundary}", b"".join(parts) + f"--{boundary}--\r\n".encode()


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
