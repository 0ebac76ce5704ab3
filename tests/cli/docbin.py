"""Reads a DocBin with spaCy and prints its documents, a JSON object a line; `write` makes one instead.

    python docbin.py read|write FILE
"""

import json
import sys

import spacy
from spacy.tokens import Doc, DocBin, Span

mode, path = sys.argv[1:]
nlp = spacy.blank("en")
if mode == "read":
    for doc in DocBin(store_user_data=True).from_disk(path).get_docs(nlp.vocab):
        entities = [[entity.start, entity.end, entity.label_] for entity in doc.ents]
        found = {"id": doc.user_data["id"], "tokens": [token.text for token in doc], "entities": entities}
        print(json.dumps({**found, "text": doc.text}))
else:
    # Two words that spaCy numbers otherwise than by their hash, and white space that is a token.
    doc = Doc(nlp.vocab, words=["Ann", "saw", "mark", "in", "New", "York", "\n"], spaces=[True] * 5 + [False] * 2)
    doc.ents = [Span(doc, 0, 1, "PERSON"), Span(doc, 2, 3, "XYZ"), Span(doc, 4, 6, "GPE")]
    docs = DocBin()
    docs.add(doc)
    docs.add(nlp("nothing here"))
    docs.to_disk(path)
