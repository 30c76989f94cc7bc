"""A mend to `DomainProvider`.

Found in 3.6: a model keeps its domain as YAML, and loading it reads that four times over, once to check what
Rasa wrote itself (3 of the 5 seconds that loading took with 260 responses in two languages). Mend: the domain
is kept as JSON beside it; a model without that file is loaded as before.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Text

from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.core.domain import Domain

FILE = "domain.json"

_persist = DomainProvider._persist
_load = DomainProvider.load.__func__


def keep_domains() -> None:
    """Applies the mend."""
    DomainProvider._persist = _persist_with_json
    DomainProvider.load = classmethod(_load_json)


def _persist_with_json(self: DomainProvider, domain: Domain) -> None:
    _persist(self, domain)
    try:
        text = json.dumps(domain.as_dict())
    except TypeError:  # YAML knows more than JSON does, as dates: such a domain is read from YAML
        return
    with self._model_storage.write_to(self._resource) as folder:
        (folder / FILE).write_text(text, encoding="utf-8")


def _load_json(
    cls: Any,
    config: Dict[Text, Any],
    model_storage: ModelStorage,
    resource: Resource,
    execution_context: ExecutionContext,
    **kwargs: Any,
) -> DomainProvider:
    with model_storage.read_from(resource) as folder:
        file = folder / FILE
        if file.exists():
            domain = Domain.from_dict(json.loads(file.read_text(encoding="utf-8")))
            return DomainProvider(model_storage, resource, domain)
    provider: DomainProvider = _load(cls, config, model_storage, resource, execution_context, **kwargs)
    return provider
