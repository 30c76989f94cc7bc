"""A mend to `CRFEntityExtractor`.

Found in 3.6: it keeps its training data, not what it learned, and trains again whenever a model is loaded (6
of the 7 seconds that loading took with 1,770 examples). Mend: what was learned is kept beside it, in
CRFsuite's own file format; a model without those files is loaded as before.
"""

from __future__ import annotations

import shutil
from collections import OrderedDict
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

import rasa.shared.utils.io
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.crf_entity_extractor import CRFEntityExtractor

_persist = CRFEntityExtractor.persist
_load = CRFEntityExtractor.load.__func__


def keep_trained_taggers() -> None:
    """Applies the mend."""
    CRFEntityExtractor.persist = _persist_with_taggers
    CRFEntityExtractor.load = classmethod(_load_taggers)


def _persist_with_taggers(self: CRFEntityExtractor, dataset: List[Any]) -> None:
    _persist(self, dataset)
    with self._model_storage.write_to(self._resource) as folder:
        for tag, tagger in (self.entity_taggers or {}).items():
            shutil.copy(tagger.modelfile.name, _file(folder, tag))


def _load_taggers(
    cls: Any,
    config: Dict[Text, Any],
    model_storage: ModelStorage,
    resource: Resource,
    execution_context: ExecutionContext,
    **kwargs: Any,
) -> CRFEntityExtractor:
    taggers = _read_taggers(model_storage, resource)
    if taggers is None:
        return _load(cls, config, model_storage, resource, execution_context, **kwargs)
    extractor = cls(config, model_storage, resource, taggers)
    extractor.crf_order = list(taggers)
    return extractor


def _read_taggers(model_storage: ModelStorage, resource: Resource) -> Optional[OrderedDict[Text, Any]]:
    try:
        with model_storage.read_from(resource) as folder:
            order = rasa.shared.utils.io.read_json_file(folder / "crf_order.json")
            files = [_file(folder, tag) for tag in order]
            if not files or not all(file.is_file() for file in files):
                return None
            return OrderedDict((tag, _tagger(file)) for tag, file in zip(order, files))
    except ValueError:  # nothing was trained: Rasa's own loading says so
        return None


def _tagger(file: Path) -> Any:
    """A tagger with a file of its own: the model's folder is gone once the model is loaded."""
    from sklearn_crfsuite import CRF

    tagger = CRF()
    tagger.modelfile.ensure_name()
    shutil.copy(file, tagger.modelfile.name)
    return tagger


def _file(folder: Path, tag: Text) -> Path:
    return Path(folder) / f"{tag}.crfsuite"
