"""Reads a Parquet file with `datasets` and prints its rows, a JSON object a line; `write` makes one instead.

    python parquet.py read|write FILE

`tests/golden/datasets/sentences.parquet` was made with `write` (datasets 5.2.0, pyarrow 26.0.1).
"""

import json
import sys

from datasets import ClassLabel, Dataset, Features, Image, Sequence, Value

mode, path = sys.argv[1:]
if mode == "read":
    data = Dataset.from_parquet(path, keep_in_memory=True, cache_dir=path + ".cache")
    names = data.features["ner_tags"].feature.names
    for row in data:
        row["ner_tags"] = [names[tag] for tag in row["ner_tags"]]
        print(json.dumps(row))
else:
    names = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    features = Features(
        {
            "id": Value("string"),
            "tokens": Sequence(Value("string")),
            "pos_tags": Sequence(Value("int32")),
            "ner_tags": Sequence(ClassLabel(names=names)),
            "image": Image(),
        }
    )
    rows = [
        (["Ann", "Lee", "sails", "to", "Porto", "\U0001f4a9"], [1, 2, 0, 0, 3, 0], "harbour.jpg"),
        (["nothing", "here"], [0, 0], None),
        (["Bo", "Cy"], [1, 1], "two.png"),
    ]
    picture = b"\x89PNG no picture"
    data = {
        "id": [str(number) for number in range(len(rows))],
        "tokens": [row[0] for row in rows],
        "pos_tags": [[7] * len(row[0]) for row in rows],
        "ner_tags": [row[1] for row in rows],
        "image": [row[2] and {"path": "pictures/" + row[2], "bytes": picture} for row in rows],
    }
    Dataset.from_dict(data, features=features).to_parquet(path)
