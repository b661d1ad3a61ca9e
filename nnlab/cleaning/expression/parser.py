"""The parser of expressions: precedence climbing over a list of words, bounded in length and depth.

From loosest to tightest: or · and · not · = ≠ < ≤ > ≥ · & (join text) · + − · × ÷ % · unary − · ^.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

from nnlab.cleaning.expression.functions import FUNCTIONS
from nnlab.cleaning.expression.tokens import LONGEST_EXPRESSION, Token, refuse, tokens
from nnlab.cleaning.expression.tree import Call, Literal, Name, Node
from nnlab.spec import did_you_mean

DEEPEST = 40  # levels of an expression within an expression
MOST_NODES = 400
COMPARED = {
    "=": "=",
    "==": "=",
    "≠": "≠",
    "!=": "≠",
    "<>": "≠",
    "<": "<",
    "≤": "≤",
    "<=": "≤",
    ">": ">",
    "≥": "≥",
    ">=": "≥",
}
WORDS: dict[str, bool | None] = {"true": True, "false": False, "missing": None}
BETWEEN = ("and", "or", "not")

__all__ = ["LONGEST_EXPRESSION", "columns_of", "parsed", "quoted"]


@lru_cache(maxsize=256)
def parsed(expression: str) -> Node:
    """The tree of an expression; raises `SpecError` that names the place of what is wrong."""
    return _Parser(list(tokens(expression))).whole()


def columns_of(node: Node) -> tuple[str, ...]:
    """The columns that an expression names, in order of appearance."""
    if isinstance(node, Name):
        return (node.column,)
    if isinstance(node, Call):
        return tuple(dict.fromkeys(name for part in node.arguments for name in columns_of(part)))
    return ()


def quoted(column: str) -> str:
    """A column's name as it is written in an expression."""
    is_plain = column.isidentifier() and column.lower() not in (*WORDS, *BETWEEN)
    return column if is_plain else f"[{column.replace(']', ']]')}]"


class _Parser:
    def __init__(self, words: list[Token]) -> None:
        self.words, self.place, self.depth, self.n_nodes = words, 0, 0, 0

    def whole(self) -> Node:
        node = self._nested(self._or)
        if self._next.kind != "end":
            refuse("an operator or the end is expected here", self._next.at, self._next.quoted)
        return node

    @property
    def _next(self) -> Token:
        return self.words[self.place]

    def _taken(self) -> Token:
        word = self.words[self.place]
        self.place += word.kind != "end"
        return word

    def _is(self, *texts: str) -> bool:
        kind = "name" if texts[0].isalpha() else "sign"
        text = self._next.text.lower() if kind == "name" else self._next.text
        return self._next.kind == kind and text in texts

    def _expect(self, sign: str) -> None:
        if not self._is(sign):
            refuse(f"{sign} is expected here", self._next.at, self._next.quoted)
        self._taken()

    def _nested(self, inner: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            refuse(f"an expression may nest {DEEPEST} levels deep", self._next.at, "more levels")
        node = inner()
        self.depth -= 1
        return node

    def _made(self, node: Node) -> Node:
        self.n_nodes += 1
        if self.n_nodes > MOST_NODES:
            refuse(f"an expression may have {MOST_NODES} parts", node.at, "more parts")
        return node

    def _call(self, function: str, at: int, *arguments: Node) -> Node:
        return self._made(Call(function, arguments, at))

    def _chain(self, signs: tuple[str, ...], inner: Callable[[], Node]) -> Node:
        left = inner()
        while self._is(*signs):
            word = self._taken()
            left = self._call(word.text.lower(), word.at, left, inner())
        return left

    def _or(self) -> Node:
        return self._chain(("or",), self._and)

    def _and(self) -> Node:
        return self._chain(("and",), self._not)

    def _not(self) -> Node:
        if self._is("not"):
            word = self._taken()
            return self._call("not", word.at, self._nested(self._not))
        return self._comparison()

    def _comparison(self) -> Node:
        left = self._joined()
        if self._is(*COMPARED):
            word = self._taken()
            left = self._call(COMPARED[word.text], word.at, left, self._joined())
            if self._is(*COMPARED):
                do = "Write a < b and b < c."
                refuse("two comparisons in a row mean nothing", self._next.at, self._next.quoted, do)
        return left

    def _joined(self) -> Node:
        return self._chain(("&",), self._sum)

    def _sum(self) -> Node:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._chain(("*", "/", "%"), self._signed)

    def _signed(self) -> Node:
        if self._is("-", "+"):
            word = self._taken()
            inner = self._nested(self._signed)
            return inner if word.text == "+" else self._call("negative", word.at, inner)
        return self._power()

    def _power(self) -> Node:
        base = self._atom()
        if self._is("^", "**"):
            word = self._taken()
            return self._call("^", word.at, base, self._nested(self._signed))
        return base

    def _atom(self) -> Node:
        word = self._taken()
        if word.kind == "number":
            value = float(word.text)
            if not math.isfinite(value):
                refuse("a number may be as large as 1.8e308", word.at, word.quoted)
            return self._made(Literal(value, word.at))
        if word.kind == "text":
            return self._made(Literal(word.text, word.at))
        if word.kind == "quoted":
            return self._made(Name(word.text, word.at))
        if word.kind == "name":
            return self._named(word)
        if word.text == "(" and word.kind == "sign":
            inner = self._nested(self._or)
            self._expect(")")
            return inner
        return refuse("a number, a text, a column or a function is expected here", word.at, word.quoted)

    def _named(self, word: Token) -> Node:
        low = word.text.lower()
        if self._is("("):
            return self._function(word, low)
        if low in WORDS:
            return self._made(Literal(WORDS[low], word.at))
        if low in BETWEEN:
            refuse("a number, a text, a column or a function is expected here", word.at, word.quoted)
        return self._made(Name(word.text, word.at))

    def _function(self, word: Token, name: str) -> Node:
        if name not in FUNCTIONS:
            refuse("there is no such function", word.at, word.quoted, did_you_mean(name, list(FUNCTIONS)))
        self._expect("(")
        arguments: list[Node] = []
        while not self._is(")"):
            arguments.append(self._nested(self._or))
            if not self._is(")"):
                self._expect(",")
        self._expect(")")
        return self._made(_checked(Call(name, tuple(arguments), word.at)))


def _checked(call: Call) -> Call:
    """The call, if it has as many arguments as its function takes, and constants where these must be."""
    function, n = FUNCTIONS[call.function], len(call.arguments)
    if not function.least <= n <= function.most:
        refuse(f"{call.function} is written {function.usage}", call.at, f"{n} parts")
    for place in function.constants:
        part = call.arguments[place] if place < n else None
        if part is not None and not (isinstance(part, Literal) and isinstance(part.value, function.constants[place])):
            what = "a text in quotes" if function.constants[place] is str else "a plain number"
            refuse(f"this part of {call.function} must be {what}", part.at, "something to compute")
    return call
