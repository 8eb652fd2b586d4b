"""What stores hand out besides the entities."""

from mlflow.store.entities.paged_list import PagedList

__all__ = ["PagedList"]
