"""Jinja2's sandbox with a meter: whatever a template does is paid for from a budget.

The template's syntax tree is rewritten before it is compiled: loops, macros and blocks pay for each turn through their
body, and what Jinja2 would hand to Python directly goes through filters of ours, whose names no template can spell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jinja2 import nodes
from jinja2.environment import Template
from jinja2.runtime import Context, markup_join, str_join
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import pass_context
from jinja2.visitor import NodeTransformer

from mlflow.templates.jinja_budget import FILTERS, METHODS, Budget, check_number, too_costly, weight

SPEND, READ, KEY, JOIN = "steps of a body", "value that is read", "key of a dict", "texts side by side"


class MeteredContext(Context):
    """The variables of one rendering, and its budget."""

    budget: Budget

    def derived(self, locals: dict[str, Any] | None = None) -> Context:
        """Return a context with further variables that pays from the same budget."""
        context = super().derived(locals)
        context.budget = self.budget  # type: ignore[attr-defined]  # the environment makes only this class
        return context


class MeteredEnvironment(SandboxedEnvironment):
    """A sandbox in which operators, calls, filters, tests and output are paid for."""

    context_class = MeteredContext
    intercepted_binops = frozenset(SandboxedEnvironment.default_binop_table)

    def __init__(self) -> None:
        # Without the optimizer nothing is computed while a template is compiled, where nobody pays.
        super().__init__(optimized=False, finalize=_written)
        del self.globals["lipsum"], self.filters["urlize"]  # one makes text by the megabyte, the other is slow on it
        plain = SandboxedEnvironment()
        self.filters = {name: _metered(plain.call_filter, name, FILTERS.get(name)) for name in self.filters}
        self.tests = {name: _metered(plain.call_test, name, None) for name in self.tests}
        self.filters |= {SPEND: _spend, READ: _read, KEY: _key, JOIN: _join}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute `left operator right`."""
        budget = _budget(context)
        budget.operator(operator, left, right)
        result = super().call_binop(context, operator, left, right)
        budget.made(result)
        return result

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a function, method or macro; named as in Jinja2, so that `context=…` can be an argument of the call."""
        budget = _budget(__context)
        given = {name: value for name, value in kwargs.items() if name not in ("_loop_vars", "_block_vars")}
        method = getattr(__obj, "__wrapped__", __obj)  # the sandbox wraps str.format
        owner = getattr(method, "__self__", None)
        budget.read(owner, args, given)
        if __obj is dict:
            budget.expect(weight(args) ** 2 / 10)
        elif isinstance(owner, str | bytes | bytearray | int) and method.__name__ in METHODS:
            budget.expect(METHODS[method.__name__](owner, *args, **given))
        result = super().call(__context, __obj, *args, **kwargs)
        budget.made(result)
        return result

    def metered(self, text: str) -> Template:
        """Return a template whose code pays; jinja2.TemplateSyntaxError where the text is none."""
        tree: nodes.Template = _Meter().visit(self.parse(text))
        tree.set_environment(self)
        return Template.from_code(self, self.compile(tree), self.make_globals(None))


class _Meter(NodeTransformer):
    """Writes into a template's tree where it pays."""

    def visit_For(self, node: nodes.For) -> nodes.Node:
        steps = _steps(node.body)
        self.generic_visit(node)
        if node.test is not None:
            node.test = nodes.And(_paid(_steps([node.test])), node.test)
        node.body.insert(0, nodes.ExprStmt(_paid(steps)))
        return node

    def _body(self, node: nodes.Macro | nodes.CallBlock | nodes.Block) -> nodes.Node:
        steps = _steps(node.iter_child_nodes())
        self.generic_visit(node)
        node.body.insert(0, nodes.ExprStmt(_paid(steps)))
        return node

    visit_Macro = visit_CallBlock = visit_Block = _body

    def visit_Const(self, node: nodes.Const) -> nodes.Node:
        check_number(node.value)
        return node

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:
        return nodes.Const(node.data, lineno=node.lineno)  # a constant is written as any value is: for a price

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _through(JOIN, nodes.List(node.nodes, lineno=node.lineno))

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        node.expr = _through(READ, node.expr)
        for operand in node.ops:
            operand.expr = _through(READ, operand.expr)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _through(READ, node.node)
        elif not isinstance(node.arg, nodes.Const):
            node.arg = _through(KEY, node.arg)
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:
        self.generic_visit(node)
        if not isinstance(node.key, nodes.Const):
            node.key = _through(KEY, node.key)
        return node


def _steps(body: Iterable[nodes.Node]) -> int:
    """Return how many nodes stand in a body, without those of inner bodies, which pay for themselves."""
    steps = 1
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        steps += 1
        pays = isinstance(node, nodes.For | nodes.Macro | nodes.CallBlock | nodes.Block)
        waiting += node.iter_child_nodes(exclude=("body",) if pays else ())
    return steps


def _through(name: str, value: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, [], [], None, None, lineno=value.lineno)


def _paid(steps: int) -> nodes.Filter:
    return _through(SPEND, nodes.Const(steps))


def _budget(context: Context) -> Budget:
    budget: Budget = context.budget  # type: ignore[attr-defined]  # the environment makes only MeteredContext
    return budget


@pass_context
def _spend(context: Context, steps: int) -> bool:
    _budget(context).spend(steps)
    return True


@pass_context
def _read(context: Context, value: Any) -> Any:
    _budget(context).read(value)
    return value


@pass_context
def _key(context: Context, value: Any) -> Any:
    # A tuple of tuples takes long to hash, and many can have the same hash.
    if isinstance(value, tuple):
        raise too_costly("uses other keys")
    return value


@pass_context
def _join(context: Context, parts: list[Any]) -> str:
    budget = _budget(context)
    budget.read(parts)
    text: str = (markup_join if context.eval_ctx.autoescape else str_join)(parts)
    budget.made(text)
    return text


@pass_context
def _written(context: Context, value: Any) -> str:
    budget = _budget(context)
    if not isinstance(value, str):
        budget.read(value)
    text = value if isinstance(value, str) else str(value)
    budget.made(text)
    return text


def _metered(call: Callable[..., Any], name: str, estimate: Callable[..., float] | None) -> Callable[..., Any]:
    """Return a filter or test that pays for what it reads and makes, and makes it at once."""

    @pass_context
    def paying(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
        budget = _budget(context)
        budget.read(value, args, kwargs)
        if estimate is not None:
            budget.expect(estimate(value, *args, **kwargs))
        result = call(name, value, args, kwargs, context, context.eval_ctx)
        if isinstance(result, Iterator):
            result = list(result)
        budget.made(result)
        return result

    return paying
