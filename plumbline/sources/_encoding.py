"""Any text file -> the same text in UTF-8."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from plumbline.errors import InputError

_CHUNK = 1 << 20  # bytes decoded at a time
_SAMPLE = 1 << 16  # bytes that an encoding is guessed from
# UTF-32's mark begins with UTF-16's, so it is tried first.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}
_LATIN = ("cp1252", "cp1250", "cp1254")
_OTHERS = ("cp1251", "koi8-r", "cp1253", "cp932", "euc-jp", "gb18030", "big5", "cp949")
# Signs and Spanish letters: too few for a guess to tell code pages apart, and cp1252 is the likeliest by far.
_WESTERN = re.compile(r"(?:[\0-\x7fáéíóúüñÁÉÍÓÚÜÑ°µ±¼½¾²€—“”…\u00d7\u2013\u2018\u2019]|£(?=[\d ])|(?<=m)³(?!\w))*")


class _MisfitError(Exception):
    """Bytes that are no text: offset in the file, line from 1, and why."""

    def __init__(self, byte: int, line: int, why: str) -> None:
        self.byte, self.line, self.why = byte, line, why


class _NulError(_MisfitError):
    """A NUL: no encoding mends it but UTF-16."""


def read_as_utf8(path: Path, encoding: str, knob: str, scratch: Path) -> tuple[Path, list[str]]:
    """The file itself where it is UTF-8 without a byte order mark, else a copy in `scratch` that is; notes on a guess.

    `knob` is the key of `encoding` in params.yaml. InputError where the bytes do not fit the encoding.
    """
    try:
        name, is_guessed = _recognise(path) if encoding == "auto" else (encoding, False)
        notes = [f"{path}: is no UTF-8 and is read as {name}; set {knob} if that is wrong"] if is_guessed else []
        if name == "utf-8" and _read_mark(path) is None:
            _check(path)
            return path, notes
        return _copy(path, name, scratch), notes
    except LookupError:
        right = "a name that Python knows would do, as utf-8, cp1252 or utf-16"
        raise InputError(f"params.yaml: {knob}: no such text encoding (got {encoding!r}); {right}") from None
    except _MisfitError as misfit:
        place = f"{path}: line {misfit.line}, byte {misfit.byte}"
        raise InputError(f"{place}: {misfit.why}; set {knob} in params.yaml") from None


def _recognise(path: Path) -> tuple[str, bool]:
    """The encoding, and whether it is a guess."""
    if mark := _read_mark(path):
        return mark, False
    try:
        _check(path)
    except _NulError:
        raise
    except _MisfitError as misfit:
        return _guess(_read_words(path, misfit.byte)), True
    return "utf-8", False


def _read_mark(path: Path) -> str | None:
    """The encoding that the byte order mark at the beginning says."""
    with path.open("rb") as file:
        start = file.read(4)
    return next((encoding for mark, encoding in _MARKS.items() if start.startswith(mark)), None)


def _check(path: Path) -> None:
    """_MisfitError where the file is not UTF-8."""
    for _ in _decode(path, "utf-8"):
        pass


def _copy(path: Path, encoding: str, scratch: Path) -> Path:
    copy = scratch / f"{path.name}.utf8"
    with copy.open("w", encoding="utf-8", newline="") as file:
        for i, text in enumerate(_decode(path, encoding)):
            file.write(text.removeprefix("\ufeff") if i == 0 else text)
    return copy


def _decode(path: Path, encoding: str) -> Iterator[str]:
    """Yield the file's text in pieces; _MisfitError at the first bytes that are not in the encoding."""
    "a".encode(encoding)  # a LookupError for what is no text encoding, as base64
    decoder = codecs.getincrementaldecoder(encoding)()
    n_bytes, n_lines, chunk = 0, 0, b"\n"
    with path.open("rb") as file:
        while chunk:
            chunk = file.read(_CHUNK)
            state = decoder.getstate()
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                n_pending = len(state[0])
                decoder.setstate(state)
                good = decoder.decode(chunk[: max(error.start - n_pending, 0)])
                line = n_lines + good.count("\n") + 1
                raise _MisfitError(n_bytes - n_pending + error.start, line, f"is not {encoding}") from None
            if "\0" in text:
                good = text[: text.index("\0")]
                why = "is a NUL, which no text holds; UTF-16 without a byte order mark would"
                raise _NulError(n_bytes + len(good.encode(encoding)), n_lines + good.count("\n") + 1, why)
            yield text
            n_bytes, n_lines = n_bytes + len(chunk), n_lines + text.count("\n")


def _read_words(path: Path, byte: int) -> bytes:
    """The words with other than ASCII bytes from `byte` on, each once: what tells encodings apart."""
    with path.open("rb") as file:
        file.seek(max(byte - 256, 0))
        words = set(re.split(rb'[\t\r\n ,;"]+', file.read(_SAMPLE)))
    return b"\n".join(sorted(word for word in words if not word.isascii()))


def _guess(words: bytes) -> str:
    """The likeliest encoding of some words."""
    import chardet  # on short cells it was right far more often than charset_normalizer (99 and 61 of 114 samples)

    if _WESTERN.fullmatch(words.decode("cp1252", errors="replace")):
        return "cp1252"
    runs = re.findall(rb"[\x80-\xff]+", words)
    single = sum(len(run) == 1 for run in runs) > len(runs) / 2  # accents among ASCII letters: a Latin script
    likely = _LATIN if single else _LATIN + _OTHERS
    found = chardet.detect(words, include_encodings=likely, prefer_superset=True, compat_names=False)
    return found["encoding"] or "cp1252"
