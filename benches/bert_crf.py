"""BERT-CRF in PyTorch by the recipe of `spanlight train --system bert-crf`, to compare scores and times on one machine.

    python benches/bert_crf.py ENCODER TRAIN VALID [--epochs 10] [--batch 16] [--seed 1] [--limit TWEETS] [--device cpu]

ENCODER is the folder of a published encoder; TRAIN and VALID are files with IMGID: lines. Prints loss, F1 and seconds of
every epoch and the best F1. Needs torch and transformers.
"""

import argparse
import random
import time

import torch
from transformers import AutoModel, AutoTokenizer


NAMES = ["O"] + [f"{prefix}-{kind}" for kind in ("PER", "LOC", "ORG", "MISC") for prefix in "BI"]


def read(path, limit):
    tweets, words, tags = [], [], []
    for line in open(path, encoding="utf-8-sig"):
        line = line.rstrip("\r\n")
        if line.startswith("IMGID:"):
            continue
        if line:
            word, tag = line.split("\t")
            words.append(word)
            tags.append(tag.replace("OTHER", "MISC"))
        elif words:
            tweets.append((words, repaired(tags)))
            words, tags = [], []
    if words:
        tweets.append((words, repaired(tags)))
    return tweets[:limit]


def repaired(tags):
    """An I- that continues nothing opens an entity."""
    out, before = [], "O"
    for tag in tags:
        if tag.startswith("I-") and before[2:] != tag[2:]:
            tag = "B-" + tag[2:]
        out.append(tag)
        before = tag
    return out


def entities(tags):
    found, start = set(), None
    for place, tag in enumerate(tags + ["O"]):
        if start is not None and (tag == "O" or tag.startswith("B-") or tag[2:] != kind):
            found.add((kind, start, place))
            start = None
        if tag != "O" and start is None:
            kind, start = tag[2:], place
    return found


class BertCrf(torch.nn.Module):
    def __init__(self, encoder, names):
        super().__init__()
        self.names = names
        self.encoder = encoder
        self.dropout = torch.nn.Dropout(self.encoder.config.hidden_dropout_prob)
        self.emissions = torch.nn.Linear(self.encoder.config.hidden_size, len(names))
        uniform = lambda *shape: torch.nn.Parameter(torch.empty(*shape).uniform_(-0.1, 0.1))
        self.transitions, self.start, self.end = uniform(len(names), len(names)), uniform(len(names)), uniform(len(names))

    def emit(self, ids, mask, firsts):
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        words = states.gather(1, firsts.unsqueeze(2).expand(-1, -1, states.shape[2]))
        return self.emissions(self.dropout(words))

    def loss(self, emissions, tags, real):
        rows = torch.arange(len(tags), device=tags.device)
        alpha = self.start + emissions[:, 0]
        score = self.start[tags[:, 0]] + emissions[rows, 0, tags[:, 0]]
        for word in range(1, tags.shape[1]):
            step = torch.logsumexp(alpha.unsqueeze(2) + self.transitions, 1) + emissions[:, word]
            alpha = torch.where(real[:, word].unsqueeze(1), step, alpha)
            gain = self.transitions[tags[:, word - 1], tags[:, word]] + emissions[rows, word, tags[:, word]]
            score = score + gain * real[:, word]
        last = tags.gather(1, real.sum(1, keepdim=True) - 1).squeeze(1)
        return (torch.logsumexp(alpha + self.end, 1) - score - self.end[last]).mean()

    def decode(self, emissions, lengths):
        allowed = torch.zeros_like(self.transitions)
        begin = torch.zeros_like(self.start)
        for to, name in enumerate(self.names):
            if name.startswith("I-"):
                begin[to] = -1e4
                for origin, before in enumerate(self.names):
                    if before[2:] != name[2:]:
                        allowed[origin, to] = -1e4
        paths = []
        for row, length in enumerate(lengths):
            score, back = self.start + begin + emissions[row, 0], []
            for word in range(1, length):
                best, origin = (score.unsqueeze(1) + self.transitions + allowed).max(0)
                score = best + emissions[row, word]
                back.append(origin)
            tag = int((score + self.end).argmax())
            path = [tag]
            for origin in reversed(back):
                tag = int(origin[tag])
                path.append(tag)
            paths.append([self.names[tag] for tag in reversed(path)])
        return paths


def collate(rows, tokenizer, index, device):
    pieces = [[tokenizer.encode(word, add_special_tokens=False)[:6] or [tokenizer.unk_token_id] for word in words] for words, _ in rows]
    length, most = max(sum(map(len, row)) for row in pieces) + 2, max(map(len, pieces))
    ids = torch.full((len(rows), length), tokenizer.pad_token_id)
    mask, firsts = torch.zeros(len(rows), length, dtype=torch.long), torch.zeros(len(rows), most, dtype=torch.long)
    tags, real = torch.zeros(len(rows), most, dtype=torch.long), torch.zeros(len(rows), most, dtype=torch.bool)
    for row, words in enumerate(pieces):
        line = [tokenizer.cls_token_id]
        for place, word in enumerate(words):
            firsts[row, place] = len(line)
            line += word
        line.append(tokenizer.sep_token_id)
        ids[row, : len(line)], mask[row, : len(line)] = torch.tensor(line), 1
        tags[row, : len(words)] = torch.tensor([index[tag] for tag in rows[row][1]])
        real[row, : len(words)] = True
    return [tensor.to(device) for tensor in (ids, mask, firsts, tags, real)]


def f1(model, tweets, tokenizer, index, device):
    model.eval()
    matched = predicted = gold = 0
    with torch.no_grad():
        for start in range(0, len(tweets), 32):
            rows = tweets[start : start + 32]
            ids, mask, firsts, _, _ = collate(rows, tokenizer, index, device)
            paths = model.decode(model.emit(ids, mask, firsts).cpu(), [len(words) for words, _ in rows])
            for (_, tags), path in zip(rows, paths):
                own, right = entities(path), entities(tags)
                matched, predicted, gold = matched + len(own & right), predicted + len(own), gold + len(right)
    return 200 * matched / max(predicted + gold, 1)


def adam(model):
    crf = {id(model.transitions), id(model.start), id(model.end)}
    plain = lambda parameter: parameter.dim() == 1
    groups = [
        {"params": [p for p in model.parameters() if id(p) in crf], "lr": 5e-2},
        {"params": [p for p in model.parameters() if id(p) not in crf and not plain(p)], "lr": 1e-4},
        {"params": [p for p in model.parameters() if id(p) not in crf and plain(p)], "lr": 1e-4, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, weight_decay=0.01)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder")
    parser.add_argument("train")
    parser.add_argument("valid")
    for name, kind, default in [("epochs", int, 10), ("batch", int, 16), ("seed", int, 1), ("limit", int, None), ("device", str, "cpu")]:
        parser.add_argument(f"--{name}", type=kind, default=default)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    random.seed(args.seed)
    index = {name: place for place, name in enumerate(NAMES)}
    train, valid = read(args.train, args.limit), read(args.valid, None)
    tokenizer = AutoTokenizer.from_pretrained(args.encoder)
    encoder = AutoModel.from_pretrained(args.encoder, add_pooling_layer=False).float()
    model = BertCrf(encoder, NAMES).to(args.device)
    optimizer = adam(model)
    total = args.epochs * -(-len(train) // args.batch)
    rising = max(0.1 * total, 1)
    schedule = lambda done: (done + 1) / rising if done + 1 <= rising else (total - done) / (total - rising + 1)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
    best = 0.0
    for epoch in range(1, args.epochs + 1):
        model.train()
        begun, losses = time.time(), []
        random.shuffle(train)
        for start in range(0, len(train), args.batch):
            ids, mask, firsts, tags, real = collate(train[start : start + args.batch], tokenizer, index, args.device)
            loss = model.loss(model.emit(ids, mask, firsts), tags, real)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            scheduler.step()
            losses.append(float(loss))
        learned = time.time() - begun
        score = f1(model, valid, tokenizer, index, args.device)
        best = max(best, score)
        print(f"epoch {epoch}  loss {sum(losses) / len(losses):.3f}  F1 {score:.2f}  {learned:.1f} s", flush=True)
    print(f"best F1 {best:.2f}")


if __name__ == "__main__":
    main()
