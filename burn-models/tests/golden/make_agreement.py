"""Makes `agreement/cases.json`, with which the test of the measures of agreement compares.

    python make_agreement.py

Needs scikit-learn (Cohen's kappa), statsmodels (Fleiss' kappa), krippendorff (alpha over tokens),
krippendorff-unitized-alpha (unitising alpha) and seqeval (F1); made with 1.9, 0.15, 0.9, 0.1 and 1.2.

A case has the number of tokens of each tweet, and for each annotator the spans `[start, end, type]` of each tweet, `null`
where the annotator has not labelled it. The unitising reference knows no tweets and no missing annotators: tweets are laid
one after the other, and only cases without gaps have its figures.
"""

import json
import random
from itertools import combinations
from pathlib import Path

import krippendorff
import numpy as np
from krippendorff_unitized_alpha.krippendorffs_unitized_alpha import EMPTY_TAG, KrippendorffUnitizedAlpha, Segment
from seqeval.metrics import f1_score
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

TYPES = ["PER", "LOC", "ORG"]


def gold(rng, tokens):
    """Spans that do not overlap, some of them touching."""
    spans, at = [], 0
    while at < tokens:
        if rng.random() < 0.3:
            end = min(tokens, at + rng.randint(1, 3))
            spans.append([at, end, rng.choice(TYPES)])
            at = end
        else:
            at += 1
    return spans


def disturbed(rng, spans):
    """What somebody else makes of them."""
    made = []
    for start, end, label in spans:
        chance = rng.random()
        if chance < 0.15:
            continue
        if chance < 0.3:
            label = rng.choice(TYPES)
        if chance > 0.85 and end - start > 1:
            end -= 1
        made.append([start, end, label])
    return made


def categories(tokens, spans, only=None):
    values = ["O"] * tokens
    for start, end, label in spans:
        if only is None or label == only:
            values[start:end] = [label] * (end - start)
    return values


def laid_out(case, who, only=None):
    """Categories of all tokens of an annotator, `None` where there are none."""
    values = []
    for tokens, spans in zip(case["tokens"], case["annotators"][who]):
        values += [None] * tokens if spans is None else categories(tokens, spans, only)
    return values


def continuum(case, who, change):
    """Segments over all tweets; tokens between entities are one gap, whatever their tweet."""
    segments, at, gap = [], 0, 0
    for tokens, spans in zip(case["tokens"], case["annotators"][who]):
        for start, end, label in sorted(spans):
            label = change(label)
            if label is None:
                continue
            if at + start > gap:
                segments.append(Segment(EMPTY_TAG, gap, at + start))
            segments.append(Segment(label, at + start, at + end))
            gap = at + end
        at += tokens
    if at > gap:
        segments.append(Segment(EMPTY_TAG, gap, at))
    return segments


def unitising(case, who, change):
    return float(KrippendorffUnitizedAlpha({str(name): continuum(case, name, change) for name in who}).result)


def tags(tokens, spans, only=None):
    values = ["O"] * tokens
    for start, end, label in spans:
        if only is None or label == only:
            values[start:end] = ["B-" + label] + ["I-" + label] * (end - start - 1)
    return values


def pair_f1(case, one, other, only=None):
    both = [
        (tags(tokens, a, only), tags(tokens, b, only))
        for tokens, a, b in zip(case["tokens"], case["annotators"][one], case["annotators"][other])
        if a is not None and b is not None
    ]
    return float(f1_score([a for a, _ in both], [b for _, b in both]))


def alpha(case, who, only=None):
    numbers = {"O": 0.0, **{label: 1.0 + place for place, label in enumerate(TYPES)}, None: np.nan}
    table = [[numbers[value] for value in laid_out(case, name, only)] for name in who]
    return float(krippendorff.alpha(reliability_data=table, level_of_measurement="nominal"))


def of_pair(case, one, other, only=None):
    values = [(a, b) for a, b in zip(laid_out(case, one, only), laid_out(case, other, only)) if a and b]
    found = {
        "f1": pair_f1(case, one, other, only),
        "kappa": float(cohen_kappa_score([a for a, _ in values], [b for _, b in values])),
        "alpha": alpha(case, [one, other], only),
    }
    if case["whole"]:
        found["alpha_u"] = unitising(case, [one, other], lambda label: label if only in (None, label) else None)
    return found


def of_all(case, only=None):
    who = range(len(case["annotators"]))
    tokens = [values for values in zip(*(laid_out(case, name, only) for name in who)) if None not in values]
    found = {"kappa": float(fleiss_kappa(aggregate_raters(np.array(tokens))[0])), "alpha": alpha(case, who, only)}
    if case["whole"]:
        found["alpha_u"] = unitising(case, who, lambda label: label if only in (None, label) else None)
    return found


def make(seed, annotators, tweets, absent):
    rng = random.Random(seed)
    tokens = [rng.randint(1, 14) for _ in range(tweets)]
    texts = [gold(rng, length) for length in tokens]
    labelled = [[None if rng.random() < absent else disturbed(rng, spans) for spans in texts] for _ in range(annotators)]
    case = {"types": TYPES, "tokens": tokens, "annotators": labelled, "whole": absent == 0}
    pairs = list(combinations(range(annotators), 2))
    case["expected"] = {
        "all": of_all(case),
        "types": [of_all(case, label) for label in TYPES],
        "pairs": [of_pair(case, *pair) for pair in pairs],
        "pair_types": [[of_pair(case, *pair, label) for label in TYPES] for pair in pairs],
    }
    if case["whole"]:
        case["expected"]["alpha_u_borders"] = unitising(case, range(annotators), lambda _: "entity")
    return case


here = Path(__file__).resolve().parent / "agreement"
here.mkdir(exist_ok=True)
cases = [make(1, 2, 30, 0), make(2, 3, 25, 0), make(3, 5, 20, 0), make(4, 4, 40, 0.3)]
(here / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
