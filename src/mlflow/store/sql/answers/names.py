"""Names for runs that were given none."""

# ruff: noqa: SIM905 - a page of words reads better than a list of literals
from __future__ import annotations

import random

_ADJECTIVES = """
able agile amber ample bold brave breezy bright brisk calm candid clever crisp curious dapper daring deft
eager early easy fair fine fleet fond frank fresh gentle glad golden grand handy happy hardy hearty honest
jolly keen kind lively loyal lucid lucky mellow merry mild neat nimble noble patient placid plucky polite
proud quick quiet rapid rare ready rosy sage serene sharp silent silver smart snug solid spry steady still
stout sunny sure swift tidy true upbeat vivid warm wise witty young zesty
""".split()
_NOUNS = """
ant badger bat bear beaver bee bison boar bream brook carp cat colt cove crab crane creek crow cub deer delta
dove duck eel elk falcon fawn finch fish flume fox frog gnat goat goose grebe grouse gull hare hawk hen heron
hind horse ibis jay kite koi lamb lark loach loon lynx mare marten mill mink mole moose moth mouse newt otter
owl ox perch pike pond pony quail ram raven reef ruff seal shad shark sheep shoal shrew sluice snail snipe
sole spring sprite squid stag stork stream swan swift teal tern tide toad trout turtle vole wasp weir whale
wolf wren yak
""".split()


def made_up_name() -> str:
    """Return a name such as `brisk-otter-482`."""
    return f"{random.choice(_ADJECTIVES)}-{random.choice(_NOUNS)}-{random.randint(0, 999)}"
