"""What `spanlight bench` measures, in PyTorch eager, to compare times on one machine.

    python benches/throughput.py [--device cpu] [--size minilm,bert-base] [--precision f32|tf32|bf16] [--seconds 10]

Random weights and words; prints one JSON object with the fields of `spanlight bench --json`. Needs torch and transformers.
"""

import argparse
import json
import time

import torch
from transformers import BertConfig, BertModel

from bert_crf import NAMES, BertCrf, adam

SIZES = {"minilm": (384, 6, 16, 32), "bert-base": (768, 12, 32, 128)}
SETTLING, RUNS = 2, 200


def mean(run, wait, seconds):
    """Seconds of a run, and how many were counted."""
    for _ in range(SETTLING):
        run()
    wait()
    begun, made = time.perf_counter(), 0
    while made == 0 or (made < RUNS and time.perf_counter() - begun < seconds):
        run()
        made += 1
    wait()
    return (time.perf_counter() - begun) / made, made


def measure(name, args):
    width, layers, batch, length = SIZES[name]
    wait = torch.cuda.synchronize if args.device.startswith("cuda") else lambda: None
    config = BertConfig(hidden_size=width, num_hidden_layers=layers, num_attention_heads=12, intermediate_size=4 * width)
    model = BertCrf(BertModel(config, add_pooling_layer=False), NAMES).to(args.device)
    optimizer = adam(model)
    words = length - 2
    ids = torch.randint(1000, 30_000, (batch, length), device=args.device)
    mask = torch.ones_like(ids)
    firsts = torch.arange(1, words + 1, device=args.device).expand(batch, words)
    tags = torch.randint(0, len(NAMES), (batch, words), device=args.device)
    real = torch.ones_like(tags, dtype=torch.bool)
    reduced = torch.autocast(args.device.split(":")[0], torch.bfloat16, enabled=args.precision == "bf16")

    def step():
        with reduced:
            emissions = model.emit(ids, mask, firsts)
        loss = model.loss(emissions.float(), tags, real)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()

    def infer(rows):
        with torch.no_grad(), reduced:
            return model.emit(ids[:rows], mask[:rows], firsts[:rows])

    model.train()
    begun = time.perf_counter()
    step()
    wait()
    first = time.perf_counter() - begun
    train, steps = mean(step, wait, args.seconds)
    model.eval()
    inference, _ = mean(lambda: infer(batch), wait, args.seconds)
    tweet, _ = mean(lambda: model.decode(infer(1).float().cpu(), [words]), wait, args.seconds)
    return {
        "name": name,
        "batch": batch,
        "length": length,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "first_step_s": first,
        "step_ms": 1e3 * train,
        "steps": steps,
        "inference_ms": 1e3 * inference,
        "tweet_ms": 1e3 * tweet,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in [("device", "cpu"), ("size", "minilm"), ("precision", "f32")]:
        parser.add_argument(f"--{name}", default=default)
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    torch.set_float32_matmul_precision("high" if args.precision == "tf32" else "highest")
    torch.manual_seed(1)
    sizes = [measure(name, args) for name in args.size.split(",")]
    print(json.dumps({"torch": torch.__version__, "device": args.device, "precision": args.precision, "sizes": sizes}))


if __name__ == "__main__":
    main()
