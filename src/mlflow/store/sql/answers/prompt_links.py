"""The answer to the Call that links prompts to a run: read, changed and written back by one alone."""

from __future__ import annotations

from mlflow.api.prompts import LinkPrompts
from mlflow.api.tags import DeleteTag
from mlflow.entities.prompt_tags import LINKED_PROMPTS
from mlflow.store.sql.answers.registry import writes
from mlflow.store.sql.answers.run_prompts import changed_links
from mlflow.store.sql.answers.run_state import active_run, hold
from mlflow.store.sql.answers.tags import delete_tag, set_tags, tag_value
from mlflow.store.sql.transaction import Transaction


@writes(LinkPrompts)
def link_prompts(transaction: Transaction, call: LinkPrompts) -> None:
    """Change the run's tag; the rows beside it follow."""
    run = active_run(transaction, call.run_id)
    hold(transaction, run)
    before = tag_value(transaction, run, LINKED_PROMPTS)
    after = changed_links(before, call.prompts, call.detach)
    if after is not None:
        set_tags(transaction, run, {LINKED_PROMPTS: after})
    elif before is not None:
        delete_tag(transaction, DeleteTag(run_id=call.run_id, key=LINKED_PROMPTS))
