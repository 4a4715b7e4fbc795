"""One table of formula functions. What is not in it is answered as unsupported."""

from __future__ import annotations

import math
import operator
import statistics
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from reconciler.twin.formula import moments
from reconciler.twin.formula.moments import Moment

MAX_LENGTH = 20_000
"""Longest text or list that a formula may make here."""


class NotComputedError(Exception):
    """The twin does not compute this."""


Function = Callable[..., Any]


# -- reading arguments ---------------------------------------------------------------------------------------------


def number(value: Any) -> float | int:
    """Nothing counts as 0 (recorded)."""
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotComputedError
    return value


def text(value: Any) -> str:
    """What ``format`` makes of a value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(text(item) for item in value)
    if isinstance(value, Moment):
        return _formatted(value.start) if value.day else f"{_formatted(value.start)} {value.start:%H:%M}"
    return str(value)


def _formatted(value: datetime) -> str:
    return f"{value:%B} {value.day}, {value.year}"


def is_empty(value: Any) -> bool:
    return value is None or value in ("", 0, False) or value == []


def date(value: Any) -> Moment:
    if not isinstance(value, Moment):
        raise NotComputedError
    return value


def items(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def limited(value: Any) -> Any:
    if len(value) > MAX_LENGTH:
        raise NotComputedError
    return value


# -- operators -----------------------------------------------------------------------------------------------------


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) or isinstance(right, str):
        return limited(text(left) + text(right))
    return number(left) + number(right)


def _divided(left: Any, right: Any) -> Any:
    return number(left) / number(right) if number(right) else None


def _modulo(left: Any, right: Any) -> Any:
    return math.fmod(number(left), number(right)) if number(right) else None


def _power(left: Any, right: Any) -> Any:
    base, exponent = number(left), number(right)
    if abs(exponent) > 1000 or abs(base) > 1e100:
        raise NotComputedError
    result = float(base) ** exponent
    if isinstance(result, complex):
        return None
    return result


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, Moment) and isinstance(right, Moment):
        return left.start == right.start
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    return bool(left == right) or (left in (None, "") and right in (None, ""))


def _compared(test: Callable[[Any, Any], bool]) -> Function:
    def compare(left: Any, right: Any) -> bool:
        if isinstance(left, Moment) or isinstance(right, Moment):
            return left is not None and right is not None and test(date(left).start, date(right).start)
        if isinstance(left, str) and isinstance(right, str):
            return test(left, right)
        return test(number(left), number(right))

    return compare


_OPERATORS: dict[str, Function] = {
    "+": _add,
    "-": lambda a, b: number(a) - number(b),
    "*": lambda a, b: number(a) * number(b),
    "/": _divided,
    "%": _modulo,
    "^": _power,
    "==": _equal,
    "!=": lambda a, b: not _equal(a, b),
    ">": _compared(operator.gt),
    "<": _compared(operator.lt),
    ">=": _compared(operator.ge),
    "<=": _compared(operator.le),
    "unaryMinus": lambda a: -number(a),
    "unaryPlus": lambda a: number(a),
    "not": lambda a: not a,
    "empty": is_empty,
}
_SAME = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "mod": "%", "pow": "^", "equal": "==",
    "unequal": "!=", "larger": ">", "smaller": "<", "largerEq": ">=", "smallerEq": "<=",
}  # fmt: skip

# -- numbers -------------------------------------------------------------------------------------------------------


def _flat(values: tuple[Any, ...]) -> list[float | int]:
    found: list[float | int] = []
    for value in values:
        found += _flat(tuple(value)) if isinstance(value, list) else [number(value)]
    return found


def _over(function: Callable[[list[float | int]], Any]) -> Function:
    def run(*values: Any) -> Any:
        flat = _flat(values)
        return function(flat) if flat else None

    return run


def _rounded(value: Any, digits: Any = 0) -> Any:
    scale = 10 ** int(number(digits))
    result = math.floor(number(value) * scale + 0.5) / scale
    return int(result) if result == int(result) else result


def _to_number(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Moment):
        return int(value.start.timestamp() * 1000)
    if isinstance(value, str):
        try:
            parsed = float(value)
        except ValueError:
            return None
        if not math.isfinite(parsed):
            return None
        return int(parsed) if parsed == int(parsed) else parsed
    return value


def _math(function: Callable[[float], float]) -> Function:
    return lambda value: function(number(value))


_NUMBERS: dict[str, Function] = {
    "min": _over(min),
    "max": _over(max),
    "sum": _over(sum),
    "mean": _over(statistics.fmean),
    "median": _over(statistics.median),
    "abs": lambda a: abs(number(a)),
    "round": _rounded,
    "ceil": lambda a: math.ceil(number(a)),
    "floor": lambda a: math.floor(number(a)),
    "sqrt": _math(math.sqrt),
    "cbrt": _math(math.cbrt),
    "exp": _math(math.exp),
    "ln": _math(math.log),
    "log10": _math(math.log10),
    "log2": _math(math.log2),
    "sign": lambda a: (number(a) > 0) - (number(a) < 0),
    "pi": lambda: math.pi,
    "e": lambda: math.e,
    "toNumber": _to_number,
}

# -- text and lists ------------------------------------------------------------------------------------------------


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else len(text(value))


def _contains(whole: Any, part: Any) -> bool:
    return any(_equal(item, part) for item in whole) if isinstance(whole, list) else text(part) in text(whole)


def _sliced(value: Any, start: Any, end: Any = None) -> Any:
    whole = value if isinstance(value, list) else text(value)
    return whole[int(number(start)) : None if end is None else int(number(end))]


def _repeated(value: Any, times: Any) -> str:
    count = int(number(times))
    if count * len(text(value)) > MAX_LENGTH:
        raise NotComputedError
    return text(value) * count


def _padded(value: Any, length: Any, pad: Any, *, start: bool) -> str:
    missing = min(int(number(length)), MAX_LENGTH) - len(text(value))
    filling = (text(pad) * max(missing, 0))[: max(missing, 0)]
    return filling + text(value) if start else text(value) + filling


_PATTERN = frozenset(r".^$*+?{}[]\|()")


def _literal(pattern: Any) -> str:
    """A pattern that means itself. Others are not computed: they are regular expressions of another language."""
    found = text(pattern)
    if _PATTERN & set(found):
        raise NotComputedError
    return found


def _at(value: Any, index: Any) -> Any:
    listed, n = items(value), int(number(index))
    return listed[n] if -len(listed) <= n < len(listed) else None


def _sorted(value: Any) -> list[Any]:
    return sorted(items(value), key=lambda item: (text(type(item).__name__), item))


def _unique(value: Any) -> list[Any]:
    found: list[Any] = []
    for item in items(value):
        if not any(_equal(item, other) for other in found):
            found.append(item)
    return found


_TEXT: dict[str, Function] = {
    "length": _length,
    "format": text,
    "contains": _contains,
    "includes": _contains,
    "substring": lambda value, start, end=None: text(_sliced(text(value), start, end)),
    "slice": _sliced,
    "lower": lambda value: text(value).lower(),
    "upper": lambda value: text(value).upper(),
    "trim": lambda value: text(value).strip(),
    "repeat": _repeated,
    "padStart": lambda value, length, pad=" ": _padded(value, length, pad, start=True),
    "padEnd": lambda value, length, pad=" ": _padded(value, length, pad, start=False),
    "test": lambda value, pattern: _literal(pattern) in text(value),
    "replace": lambda value, pattern, new: limited(text(value).replace(_literal(pattern), text(new), 1)),
    "replaceAll": lambda value, pattern, new: limited(text(value).replace(_literal(pattern), text(new))),
    "split": lambda value, by: text(value).split(text(by)) if text(by) else list(text(value)),
    "join": lambda value, by="": limited(text(by).join(text(item) for item in items(value))),
    "concat": lambda *values: (
        limited([item for value in values for item in items(value)])
        if any(isinstance(value, list) for value in values)
        else limited("".join(text(value) for value in values))
    ),
    "link": lambda label, _url: text(label),
    "style": lambda value, *_styles: text(value),
    "unstyle": lambda value, *_styles: text(value),
    "at": _at,
    "first": lambda value: _at(value, 0),
    "last": lambda value: _at(value, -1),
    "reverse": lambda value: items(value)[::-1],
    "sort": _sorted,
    "unique": _unique,
    "flat": lambda value: [inner for item in items(value) for inner in items(item)],
}

# -- dates ---------------------------------------------------------------------------------------------------------


def _shift(value: Any, amount: Any, unit: Any, sign: int) -> Any:
    if value is None:
        return None
    return moments.shifted(date(value), sign * number(amount), moments.unit_of(unit))


def _between(later: Any, earlier: Any, unit: Any) -> Any:
    if later is None or earlier is None:
        return None
    return moments.between(date(later), date(earlier), moments.unit_of(unit))


def _part(read: Callable[[datetime], int]) -> Function:
    return lambda value: None if value is None else read(date(value).start)


def _parsed(value: Any) -> Any:
    return moments.of({"start": text(value), "end": None})


_DATES: dict[str, Function] = {
    "dateAdd": lambda value, amount, unit: _shift(value, amount, unit, 1),
    "dateSubtract": lambda value, amount, unit: _shift(value, amount, unit, -1),
    "dateBetween": _between,
    "dateStart": lambda value: None if value is None else Moment(date(value).start, None, date(value).day),
    "dateEnd": lambda value: (
        None if value is None else Moment(date(value).end or date(value).start, None, date(value).day)
    ),
    "dateRange": lambda start, end: Moment(date(start).start, date(end).start, date(start).day),
    "parseDate": _parsed,
    "timestamp": _to_number,
    "fromTimestamp": lambda value: None if value is None else moments.from_ms(number(value)),
    "minute": _part(lambda value: value.minute),
    "hour": _part(lambda value: value.hour),
    "day": _part(lambda value: value.isoweekday()),
    "date": _part(lambda value: value.day),
    "week": _part(lambda value: value.isocalendar().week),
    "month": _part(lambda value: value.month),
    "year": _part(lambda value: value.year),
}

FUNCTIONS: Mapping[str, Function] = {
    **_OPERATORS,
    **{name: _OPERATORS[same] for name, same in _SAME.items()},
    **_NUMBERS,
    **_TEXT,
    **_DATES,
}
"""By name, over values: numbers, text, booleans, Moments, lists, None."""

KINDS: Mapping[str, str] = {
    **dict.fromkeys(("-", "*", "/", "%", "^", "unaryMinus", "unaryPlus", *_NUMBERS, "length", "dateBetween"), "number"),
    **dict.fromkeys(("timestamp", "minute", "hour", "day", "date", "week", "month", "year", "count"), "number"),
    **dict.fromkeys(("==", "!=", ">", "<", ">=", "<=", "not", "empty", "and", "or", "contains"), "boolean"),
    **dict.fromkeys(("includes", "test", "some", "every"), "boolean"),
    **dict.fromkeys(("dateAdd", "dateSubtract", "dateStart", "dateEnd", "dateRange", "parseDate"), "date"),
    **dict.fromkeys(("fromTimestamp", "now", "today"), "date"),
}
"""What a function gives, where that does not depend on its arguments. The rest is text unless the value shows."""
