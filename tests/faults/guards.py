"""Finds every guard of the product in its source, and takes one away at a time.

A guard is: a predicate of an access.py; a queryset's visible_to(); a call of visible_to(); an `if`
that raises PermissionDenied or Http404; a call of open_only_if(); one condition of several in a
predicate or in visible_to(), and an `if` there that closes at once; what get_object_or_404() asks
of a thing beside its id, such as whose it is; a decorator of a view; a middleware that closes
doors. To take one away, the function around it is compiled again without it and its code put in
place of the old, which every import and decorator that holds the function then runs.
"""

import ast
import contextlib
import gc
import inspect
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

from django.conf import settings
from django.test import override_settings

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("qmm_pilot", "applications", "metrics", "assessments")
OURS = tuple(str(ROOT / name) + os.sep for name in PRODUCT)
CLOSING = {"PermissionDenied", "Http404"}
# What takes a predicate away that does not answer "may she" by True.
OPENED = {
    "was_on_team": "False",
    "needs_second_factor": "False",
    "lacks_second_factor": "False",
    "firms_of": "Organization.objects.filter(kind=Side.FIRM).values('pk')",
    "representations_of": "Representation.objects.all()",
    "agent_letters_read_by": "Representation.objects.all()",
    "engaged_participations": "Participation.objects.values('pk')",
}
GATES = ["django.contrib.auth.middleware.LoginRequiredMiddleware"]


@dataclass(frozen=True)
class Guard:
    """One guard: its kind, where it stands, the codes it is part of, and how it is taken away."""

    kind: str
    name: str
    codes: frozenset  # keys of the functions; a door is concerned when it runs one of them
    urls: frozenset[str]  # or the very doors concerned, where they are known
    removed: Callable[[], contextlib.AbstractContextManager]

    def __str__(self):
        return f"{self.kind}: {self.name}"


def key_of(code: CodeType):
    """What tells one function of the product from every other."""
    return code.co_filename, code.co_qualname, code.co_firstlineno


def is_ours(code: CodeType) -> bool:
    """Whether this code is the product's own."""
    path = code.co_filename
    return path.startswith(OURS)


def all_guards(urlconf) -> list[Guard]:
    """Every guard of the modules that are loaded, and of the doors of this URLconf."""
    functions = _functions()
    found = [
        guard for module in _modules() for guard in _guards_of_module(module, functions)
    ]  # fmt: skip
    return [*found, *_decorators(urlconf), *_gates()]


def together(guards, names) -> Iterator[Guard]:
    """Guards of different functions as one, for each group of beginnings of their names."""
    for beginnings in names:
        chosen = [next(g for g in guards if str(g).startswith(begins)) for begins in beginnings]

        @contextlib.contextmanager
        def removed(chosen=chosen):
            with contextlib.ExitStack() as stack:
                for guard in chosen:
                    stack.enter_context(guard.removed())
                yield

        yield Guard(
            "together",
            " and ".join(map(str, chosen)),
            frozenset().union(*(guard.codes for guard in chosen)),
            frozenset(),
            removed,
        )


# --- what the source says ----------------------------------------------------------------------


def _modules():
    for name, module in sorted(sys.modules.items()):
        path = getattr(module, "__file__", None) or ""
        if path.startswith(OURS) and path.endswith(".py") and "migrations" not in name:
            yield module


def _functions():
    """Every function of the product that is alive, by its key: closures are many of one key."""
    found = defaultdict(list)
    gc.unfreeze()  # the tests freeze what was imported, and what is frozen is not listed
    for thing in gc.get_objects():
        if type(thing) is FunctionType and is_ours(thing.__code__):
            found[key_of(thing.__code__)].append(thing)
    return found


def _guards_of_module(module, functions) -> Iterator[Guard]:
    source = Path(module.__file__).read_text()
    named = Counter()
    for mutation in _mutations(ast.parse(source), module.__name__):
        tree = ast.parse(source)
        twin = next(
            node for node in ast.walk(tree) if _place(node) == mutation.place
        )  # the same node of a fresh tree, so that one guard at a time is gone
        mutation.change(twin)
        ast.fix_missing_locations(tree)
        changed = {key_of(code): code for code in _codes(compile(tree, module.__file__, "exec"))}
        old = {key_of(code): code for code in _codes(compile(source, module.__file__, "exec"))}
        keys = frozenset(
            key for key in changed if key in old and changed[key] != old[key] and key in functions
        )
        if keys:
            swaps = [(function, changed[key]) for key in keys for function in functions[key]]
            name = f"{module.__name__}.{mutation.within}{mutation.detail}"
            named[mutation.kind, name] += 1
            if named[mutation.kind, name] > 1:
                name = f"{name} ({named[mutation.kind, name]})"
            yield Guard(mutation.kind, name, keys, frozenset(), _swapped(swaps))


def _swapped(swaps):
    @contextlib.contextmanager
    def removed():
        before = [(function, function.__code__) for function, _ in swaps]
        try:
            for function, code in swaps:
                function.__code__ = code
            yield
        finally:
            for function, code in before:
                function.__code__ = code

    return removed


def _codes(code) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


@dataclass(frozen=True)
class Mutation:
    kind: str
    within: str
    place: tuple
    change: Callable[[ast.AST], None]
    detail: str = ""


def _place(node):
    return (
        getattr(node, "lineno", 0),
        getattr(node, "col_offset", 0),
        getattr(node, "end_lineno", 0),
        getattr(node, "end_col_offset", 0),
        type(node).__name__,
    )


def _mutations(tree, module) -> Iterator[Mutation]:
    """What can be taken away, function by function."""
    for qualname, function in _defined(tree, ""):
        is_rows = function.name == "visible_to"
        is_predicate = module.endswith(".access") and "." not in qualname
        if is_rows:
            yield Mutation("rows", qualname, _place(function), _returning("self"))
        if is_predicate:
            opened = OPENED.get(function.name, "True")
            yield Mutation("predicate", qualname, _place(function), _returning(opened))
        for node in _own_nodes(function):
            if is_predicate and isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
                for index, value in enumerate(node.values):
                    detail = f": {ast.unparse(value)}"
                    yield Mutation("condition", qualname, _place(node), _true_at(index), detail)
            if is_rows and isinstance(node, ast.If) and _shows_all(node.body):
                detail = f": if {ast.unparse(node.test)}"
                yield Mutation("condition", qualname, _place(node), _always, detail)
            if (is_rows or is_predicate) and isinstance(node, ast.If) and _closes(node.body):
                detail = f": if {ast.unparse(node.test)}"
                yield Mutation("closing", qualname, _place(node), _never, detail)
            if _is_call_of(node, "get_object_or_404"):
                for index, keyword in enumerate(node.keywords[1:], 1):
                    detail = f": {ast.unparse(keyword)}"
                    yield Mutation("belonging", qualname, _place(node), _without(index), detail)
            if _is_call_of(node, "visible_to"):
                detail = f": {ast.unparse(node)[:60]}"
                yield Mutation("call of visible_to", qualname, _place(node), _all_rows, detail)
            if isinstance(node, ast.If) and _raises(node.body):
                detail = f": {ast.unparse(node.test)}"
                yield Mutation("refusal", qualname, _place(node), _never, detail)
            if isinstance(node, ast.Expr) and _is_call_of(node.value, "open_only_if"):
                detail = f": {ast.unparse(node.value.args[0])}"
                yield Mutation("refusal", qualname, _place(node), _arguments_only, detail)


def _defined(tree, prefix):
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield f"{prefix}{node.name}", node
            yield from _defined(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.ClassDef):
            yield from _defined(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.With | ast.Try):
            yield from _defined(node, prefix)


def _own_nodes(function):
    """The nodes of a function's body without those of functions inside it."""
    waiting = list(function.body)
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            waiting = [*ast.iter_child_nodes(node), *waiting]


def _is_call_of(node, name):
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    return getattr(called, "attr", None) == name or getattr(called, "id", None) == name


def _shows_all(body):
    """Whether this branch shows more than one's own rows, so that its condition guards them."""
    return "filter(" not in ast.unparse(body[-1]) and "none()" not in ast.unparse(body[-1])


def _closes(body):
    """Whether this branch shows nothing or says no."""
    last = body[-1]
    return isinstance(last, ast.Return) and (
        ast.unparse(last) == "return False" or "none()" in ast.unparse(last)
    )


def _raises(body):
    last = body[-1]
    if not isinstance(last, ast.Raise) or last.exc is None:
        return False
    raised = last.exc.func if isinstance(last.exc, ast.Call) else last.exc
    return getattr(raised, "id", getattr(raised, "attr", "")) in CLOSING


# Every change still looks at what it ignores, so that closures keep their variables.


def _returning(expression):
    def change(function):
        function.body = [*ast.parse(f"return {expression}").body, *function.body]

    return change


def _true_at(index):
    def change(node):
        value = node.values[index]
        node.values[index] = ast.BoolOp(ast.Or(), [value, ast.Constant(True)])

    return change


def _without(index):
    def change(call):
        nothing = ast.parse("(lambda *ignored: {})", mode="eval").body
        given = call.keywords[index].value
        call.keywords[index] = ast.keyword(None, ast.Call(nothing, [given], []))

    return change


def _always(node):
    node.test = ast.BoolOp(ast.Or(), [node.test, ast.Constant(True)])


def _never(node):
    node.test = ast.BoolOp(ast.And(), [node.test, ast.Constant(False)])


def _all_rows(call):
    rows = ast.Call(ast.Attribute(call.func.value, "all", ast.Load()), [], [])
    call.func = ast.parse("(lambda rows, *ignored: rows)", mode="eval").body
    call.args = [rows, *call.args]


def _arguments_only(statement):
    statement.value = ast.Tuple(statement.value.args, ast.Load())


# --- what stands around a view -----------------------------------------------------------------


def _decorators(urlconf) -> Iterator[Guard]:
    """Every layer around a view of ours, as a guard of its one door."""
    from tests.house.access.doors import patterns_of

    for name, pattern in patterns_of(urlconf):
        layers = _layers(pattern.callback)
        if inspect.unwrap(pattern.callback).__module__.split(".")[0] not in PRODUCT:
            continue
        for depth, layer in enumerate(layers[:-1]):
            called = f"{name}, layer {depth + 1}: {layer.__code__.co_qualname.split('.')[0]}"
            yield Guard(
                "decorator", called, frozenset(), frozenset({name}), _peeled(pattern, layers, depth)
            )


def _layers(view):
    layers = [view]
    while wrapped := getattr(layers[-1], "__wrapped__", None):
        layers.append(wrapped)
    return layers


def _peeled(pattern, layers, depth):
    layer, inner = layers[depth], layers[depth + 1]

    @contextlib.contextmanager
    def removed():
        if depth == 0:
            pattern.callback = inner
            try:
                yield
            finally:
                pattern.callback = layer
            return
        cells = [
            cell
            for cell in layers[depth - 1].__closure__ or ()
            if cell.cell_contents is layer
        ]  # fmt: skip
        for cell in cells:
            cell.cell_contents = inner
        try:
            yield
        finally:
            for cell in cells:
                cell.cell_contents = layer

    return removed


def _gates() -> Iterator[Guard]:
    """Every middleware that asks who somebody is; headers are no wall."""
    for path in settings.MIDDLEWARE:
        if path in GATES or path.startswith("qmm_pilot.accounts."):
            left = [other for other in settings.MIDDLEWARE if other != path]

            @contextlib.contextmanager
            def removed(left=left):
                with override_settings(MIDDLEWARE=left):
                    yield

            yield Guard("gate", path, frozenset(), frozenset({"*"}), removed)
