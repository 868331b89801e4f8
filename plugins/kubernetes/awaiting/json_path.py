"""Evaluates JSONPath as RFC 9535 writes it: names, indices, wildcards, slices, descent and filters, but no functions.

It selects from plain values and knows nothing of objects of a cluster. Source: rfc-editor.org/rfc/rfc9535.
"""

from __future__ import annotations

import json
import operator
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Value = Any

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<name>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff-]*)
    | (?P<sign>\.\.|==|!=|<=|>=|&&|\|\||[$@.*\[\],:?()<>!])
    )""",
    re.VERBOSE,
)
_COMPARE: Final = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS: Final = {"true": True, "false": False, "null": None}
_ABSENT: Final = object()


class JsonPath:
    """A parsed expression."""

    def __init__(self, text: str) -> None:
        """Parse.

        Raises:
            ValueError: the text is no JSONPath; the message says where it stops making sense.
        """
        parser = _Parser(text)
        parser.expect("$")
        self._segments = parser.segments()
        parser.end()

    def select(self, root: Value) -> list[Value]:
        """Return every value that the path leads to, in document order."""
        return _walk(self._segments, root, root)


Segment = tuple[bool, list[Any]]
"""Whether it descends to all depths, and its selectors."""


def _walk(segments: list[Segment], value: Value, root: Value) -> list[Value]:
    found = [value]
    for deep, selectors in segments:
        starts = [inner for item in found for inner in (_descend(item) if deep else [item])]
        found = [hit for item in starts for selector in selectors for hit in selector(item, root)]
    return found


def _descend(value: Value) -> Iterator[Value]:
    yield value
    for child in _children(value):
        yield from _descend(child)


def _children(value: Value) -> list[Value]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _named(name: str) -> Callable[[Value, Value], list[Value]]:
    return lambda value, _root: [value[name]] if isinstance(value, dict) and name in value else []


def _indexed(index: int) -> Callable[[Value, Value], list[Value]]:
    def select(value: Value, _root: Value) -> list[Value]:
        return [value[index]] if isinstance(value, list) and -len(value) <= index < len(value) else []

    return select


def _sliced(start: int | None, stop: int | None, step: int | None) -> Callable[[Value, Value], list[Value]]:
    return lambda value, _root: value[start:stop:step] if isinstance(value, list) and step != 0 else []


def _compare(sign: str, left: Value, right: Value) -> bool:
    if left is _ABSENT or right is _ABSENT:
        return (left is right) == (sign in ("==", "<=", ">="))
    numbers = all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in (left, right))
    same_kind = numbers or type(left) is type(right)
    if sign in ("==", "!="):
        return bool(_COMPARE[sign](left, right)) if same_kind else sign == "!="
    return same_kind and (numbers or isinstance(left, str)) and bool(_COMPARE[sign](left, right))


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def end(self) -> None:
        if self._text[self._at :].strip():
            raise self._confused()

    def _confused(self) -> ValueError:
        return ValueError(f"{self._text!r} is no JSONPath (at character {self._at + 1})")

    def _peek(self) -> tuple[str, str]:
        match = _TOKEN.match(self._text, self._at)
        kind = match.lastgroup if match else None
        return (kind, match[kind]) if match and kind else ("", "")

    def _take(self) -> tuple[str, str]:
        match = _TOKEN.match(self._text, self._at)
        if match is None or not match.lastgroup:
            raise self._confused()
        self._at = match.end()
        return match.lastgroup, match[match.lastgroup]

    def _accept(self, *signs: str) -> str:
        kind, text = self._peek()
        if kind == "sign" and text in signs:
            self._take()
            return text
        return ""

    def expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise self._confused()

    def segments(self) -> list[Segment]:
        found: list[Segment] = []
        while sign := self._accept(".", "..", "["):
            deep = sign == ".."
            if sign == "[" or (deep and self._accept("[")):
                found.append((deep, self._bracket()))
            elif self._accept("*"):
                found.append((deep, [lambda value, _root: _children(value)]))
            else:
                kind, text = self._take()
                if kind != "name":
                    raise self._confused()
                found.append((deep, [_named(text)]))
        return found

    def _bracket(self) -> list[Any]:
        selectors = [self._selector()]
        while self._accept(","):
            selectors.append(self._selector())
        self.expect("]")
        return selectors

    def _selector(self) -> Callable[[Value, Value], list[Value]]:
        if self._accept("*"):
            return lambda value, _root: _children(value)
        if self._accept("?"):
            test = self._either()
            return lambda value, root: [item for item in _children(value) if test(item, root)]
        if self._peek()[0] == "string":
            return _named(_unquoted(self._take()[1]))
        start = self._integer()
        if not self._accept(":"):
            if start is None:
                raise self._confused()
            return _indexed(start)
        stop = self._integer()
        return _sliced(start, stop, self._integer() if self._accept(":") else None)

    def _integer(self) -> int | None:
        kind, text = self._peek()
        if kind != "number" or "." in text:
            return None
        self._take()
        return int(text)

    def _either(self) -> Callable[[Value, Value], bool]:
        tests = [self._both()]
        while self._accept("||"):
            tests.append(self._both())
        return lambda item, root: any(test(item, root) for test in tests)

    def _both(self) -> Callable[[Value, Value], bool]:
        tests = [self._one()]
        while self._accept("&&"):
            tests.append(self._one())
        return lambda item, root: all(test(item, root) for test in tests)

    def _one(self) -> Callable[[Value, Value], bool]:
        if self._accept("!"):
            inner = self._one()
            return lambda item, root: not inner(item, root)
        if self._accept("("):
            inner = self._either()
            self.expect(")")
            return inner
        left, is_query = self._operand()
        sign = self._accept(*_COMPARE)
        if not sign:
            if not is_query:
                raise self._confused()
            return lambda item, root: left(item, root) is not _ABSENT
        right, _ = self._operand()
        return lambda item, root: _compare(sign, left(item, root), right(item, root))

    def _operand(self) -> tuple[Callable[[Value, Value], Value], bool]:
        """Return a literal or the first value of a query, and whether it is a query."""
        if sign := self._accept("@", "$"):
            segments, absolute = self.segments(), sign == "$"

            def query(item: Value, root: Value) -> Value:
                return next(iter(_walk(segments, root if absolute else item, root)), _ABSENT)

            return query, True
        kind, text = self._take()
        if kind == "name" and text in _WORDS:
            word = _WORDS[text]
            return (lambda _item, _root: word), False
        if kind not in ("string", "number"):
            raise self._confused()
        literal = _unquoted(text) if kind == "string" else json.loads(text)
        return (lambda _item, _root: literal), False


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
