"""Makes the folders `stable-1` and `stable-2`, with which the tests of text-to-image models compare.

    python make_models.py            # both, as they are in the repository
    python make_models.py OUT SEED   # one of random sizes, for SPANLIGHT_DIFFUSION_REFERENCE

Needs torch, diffusers, transformers and safetensors; made with torch 2.7.1, diffusers 0.42.1 and transformers 5.23.0.
Every folder is a tiny random model as `diffusers` writes it, with weights that are exact in 16 bits, and beside it
`reference.safetensors` and `reference.json`: inputs, and what the package computes of them in 32 bits on the CPU. Nothing
is downloaded.
"""

import json
import random
import sys
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

HERE = Path(__file__).resolve().parent
STABLE = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
PROMPTS = [
    ["a", "photo", "of", "cats!", "in", "RAIN"],
    [],
    ["@user:", "it's", "caf\u00e9", "\u2600\ufe0f", "2023!!", "!", "don't"],
    ["photo"] * 40 + ["ab,", "rain", "zebra"] * 5,
]


def randomise(model, seed):
    """Weights under which every layer matters, all exact in 16 bits."""
    torch.manual_seed(seed)
    for module in model.modules():
        if isinstance(module, (nn.LayerNorm, nn.GroupNorm)):
            nn.init.uniform_(module.weight, 0.6, 1.4)
            nn.init.normal_(module.bias, 0.0, 0.2)
        elif isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.normal_(module.weight, 0.0, module.weight[0].numel() ** -0.5)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0.0, 0.2)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, 0.0, 0.5)
    return model.eval().half().float()


class Seen:
    """Attention without fused kernels, which keeps the weights of the words."""

    def __init__(self):
        self.layers = {}

    def of(self, name):
        def processor(attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None, **_):
            context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
            query = attn.head_to_batch_dim(attn.to_q(hidden_states))
            key = attn.head_to_batch_dim(attn.to_k(context))
            value = attn.head_to_batch_dim(attn.to_v(context))
            weights = attn.get_attention_scores(query, key, None)
            if encoder_hidden_states is not None:
                # The last picture of the batch: with guidance the first belongs to the negative prompt.
                self.layers.setdefault(name, []).append(weights[-attn.heads:].clone())
            hidden = attn.batch_to_head_dim(torch.bmm(weights, value))
            return attn.to_out[1](attn.to_out[0](hidden))

        return processor

    def watch(self, unet):
        names = unet.attn_processors.keys()
        unet.set_attn_processor({name: self.of(name) for name in names})

    def maps(self, sizes, size, mid):
        """Over all pieces, [T, H, W]: mean over steps and heads, enlarged, weighed by heads."""
        total = 0
        for name, steps in self.layers.items():
            if name.startswith("mid_block") and not mid:
                continue
            heads = steps[0].shape[0]
            mean = torch.stack(steps).double().mean((0, 1)).T
            height, width = sizes[mean.shape[1]]
            mean = mean.reshape(1, -1, height, width)
            total = total + heads * functional.interpolate(mean, size, mode="bicubic").clamp(min=0)[0]
        return (total / total.sum(0)).float()


def tokenizer(path, padding):
    signs = list(bytes_to_unicode().values())
    merges = [("p", "h"), ("o", "t"), ("ph", "ot"), ("phot", "o</w>"), ("c", "a"), ("ca", "t"), ("cat", "s</w>"),
              ("!", "!</w>"), ("i", "n"), ("r", "a"), ("ra", "in"), ("o", "f</w>"), ("'", "s</w>")]
    # The sign of exclamation is the first piece, as in the real vocabulary.
    signs = ["!"] + [sign for sign in signs if sign != "!"]
    pieces = signs + [sign + "</w>" for sign in signs] + ["".join(pair) for pair in merges]
    vocabulary = {piece: index for index, piece in enumerate([*pieces, "<|startoftext|>", "<|endoftext|>"])}
    path.mkdir(parents=True, exist_ok=True)
    (path / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (path / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    files = dict(vocab=str(path / "vocab.json"), merges=str(path / "merges.txt"))
    return CLIPTokenizer(**files, pad_token=padding, model_max_length=77), len(vocabulary)


def make(out, seed, sizes):
    out.mkdir(parents=True, exist_ok=True)
    words, vocabulary = tokenizer(out / "tokenizer", sizes["padding"])
    text = randomise(CLIPTextModel(CLIPTextConfig(
        vocab_size=vocabulary, max_position_embeddings=77, bos_token_id=vocabulary - 2, eos_token_id=vocabulary - 1,
        pad_token_id=1, **sizes["text"],
    )), seed)
    unet = randomise(UNet2DConditionModel(cross_attention_dim=sizes["text"]["hidden_size"], **sizes["unet"]), seed + 1)
    vae = randomise(AutoencoderKL(**sizes["vae"]), seed + 2)
    scheduler = sizes["scheduler"]
    pipeline = StableDiffusionPipeline(
        vae=vae, text_encoder=text, tokenizer=words, unet=unet, scheduler=scheduler, safety_checker=None,
        feature_extractor=None, image_encoder=None, requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    height, width = sizes["size"]
    seen = Seen()
    seen.watch(unet)
    torch.manual_seed(seed + 3)
    tensors, described = {}, {"prompts": PROMPTS, "vocabulary": vocabulary}
    with torch.no_grad():
        encode = lambda prompt: words(prompt, padding="max_length", max_length=77, truncation=True, return_tensors="pt")
        ids = [encode(" ".join(prompt)).input_ids for prompt in PROMPTS]
        described["ids"] = [row[0].tolist() for row in ids]
        for index, row in enumerate(ids):
            tensors[f"text.{index}"] = text(row)[0]
        context = torch.cat([tensors["text.1"], tensors["text.0"]])
        latent = torch.randn(2, unet.config.in_channels, height, width)
        tensors["latent"] = latent
        for time in (1, 981):
            tensors[f"unet.{time}"] = unet(latent, time, context).sample
        tensors["decoded"] = vae.decode(latent[:1] / vae.config.scaling_factor).sample
        factor = tensors["decoded"].shape[-1] // width
        picture = torch.rand(1, 3, height * factor, width * factor) * 2 - 1
        tensors["picture"] = picture
        tensors["encoded"] = vae.encode(picture).latent_dist.mean * vae.config.scaling_factor
        seen.layers.clear()
        described |= {"steps": 4, "guidance": 5.0, "negative": "rain", "size": [height * factor, width * factor]}
        start = torch.randn(1, unet.config.in_channels, height, width)
        tensors["start"] = start
        drawn = pipeline(
            " ".join(PROMPTS[0]), height=height * factor, width=width * factor, num_inference_steps=4, guidance_scale=5.0,
            negative_prompt="rain", latents=start, output_type="pt",
        ).images
        tensors["drawn"] = drawn
        levels = len(unet.config.block_out_channels)
        grids, grid = {}, (height, width)
        for _ in range(levels):
            grids[grid[0] * grid[1]] = grid
            grid = tuple((side + 1) // 2 for side in grid)
        whole = seen.maps(grids, (height, width), mid=False)
        with_mid = seen.maps(grids, (height, width), mid=True)
        place, maps, mid_maps = 1, [], []
        for word in PROMPTS[0]:
            pieces = range(place, place + len(words(word, add_special_tokens=False).input_ids))
            maps.append(whole[list(pieces)].mean(0))
            mid_maps.append(with_mid[list(pieces)].mean(0))
            place = pieces.stop
        tensors["maps"], tensors["maps.mid"] = torch.stack(maps), torch.stack(mid_maps)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, out / "reference.safetensors")
    (out / "reference.json").write_text(json.dumps(described) + "\n", encoding="utf-8")
    save(pipeline.to(torch.float16), out, sizes)


def save(pipeline, out, sizes):
    """As it is published: in halves or whole, with the tokenizer in one file or several."""
    pipeline.unet.save_pretrained(out / "unet", max_shard_size=sizes["shard"])
    pipeline.vae.save_pretrained(out / "vae", variant=sizes["variant"])
    pipeline.text_encoder.save_pretrained(out / "text_encoder")
    pipeline.scheduler.save_pretrained(out / "scheduler")
    pipeline.save_config(out)
    folder = out / "tokenizer"
    if sizes["whole_tokenizer"]:
        pipeline.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        (folder / "vocab.json").unlink()
        (folder / "merges.txt").unlink()
    (folder / "special_tokens_map.json").write_text(json.dumps({"pad_token": sizes["padding"]}) + "\n")
    # What the published folder of version 2.1 says, and nobody heeds.
    (folder / "tokenizer_config.json").write_text(json.dumps({"pad_token": "<|endoftext|>"}) + "\n")


def stable_2():
    return dict(
        padding="!", whole_tokenizer=False, shard="10GB", variant=None, size=(8, 12),
        text=dict(hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, hidden_act="gelu"),
        unet=dict(
            sample_size=8, block_out_channels=(16, 32), layers_per_block=1, norm_num_groups=4,
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            attention_head_dim=(2, 4), use_linear_projection=True,
        ),
        vae=dict(
            block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4,
            down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        ),
        scheduler=DPMSolverMultistepScheduler(**STABLE, prediction_type="v_prediction"),
    )


def stable_1():
    return dict(
        padding="<|endoftext|>", whole_tokenizer=True, shard="150KB", variant="fp16", size=(6, 10),
        text=dict(
            hidden_size=16, intermediate_size=28, num_hidden_layers=3, num_attention_heads=2, hidden_act="quick_gelu",
        ),
        unet=dict(
            sample_size=6, block_out_channels=(8, 16, 24), layers_per_block=(1, 2, 1), norm_num_groups=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=4,
            transformer_layers_per_block=(1, 2, 1), flip_sin_to_cos=False, freq_shift=1,
        ),
        vae=dict(
            block_out_channels=(4, 8, 8), layers_per_block=1, norm_num_groups=2, scaling_factor=0.3,
            down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
        ),
        scheduler=DDIMScheduler(**STABLE, clip_sample=False, set_alpha_to_one=False, steps_offset=1),
    )


def some(seed):
    """Of sizes that nobody chose."""
    chance = random.Random(seed)
    levels = chance.choice([2, 3, 4])
    groups = chance.choice([2, 4])
    channels = tuple(8 * chance.randint(1, 4) for _ in range(levels))
    attends = [chance.random() < 0.6 for _ in range(levels)]
    attends[chance.randrange(levels)] = True
    heads = tuple(chance.choice([1, 2, 4]) for _ in range(levels))
    vae = chance.choice([2, 3])
    blocks = lambda kind, order: tuple(f"CrossAttn{kind}Block2D" if on else f"{kind}Block2D" for on in order)
    prediction = chance.choice(["epsilon", "v_prediction"])
    kind = chance.choice([DDIMScheduler, DPMSolverMultistepScheduler])
    options = dict(clip_sample=False, set_alpha_to_one=False) if kind is DDIMScheduler else {}
    return dict(
        padding=chance.choice(["!", "<|endoftext|>"]), whole_tokenizer=chance.random() < 0.5,
        shard=chance.choice(["10GB", "300KB"]), variant=chance.choice([None, "fp16"]),
        size=(4 * chance.randint(2, 4), 4 * chance.randint(2, 4)),
        text=dict(
            hidden_size=8 * chance.randint(1, 6), intermediate_size=chance.randint(20, 60), num_attention_heads=4,
            num_hidden_layers=chance.randint(1, 4), hidden_act=chance.choice(["gelu", "quick_gelu"]),
        ),
        unet=dict(
            sample_size=8, block_out_channels=channels, layers_per_block=chance.choice([1, 2]), norm_num_groups=groups,
            down_block_types=blocks("Down", attends), up_block_types=blocks("Up", attends[::-1]),
            attention_head_dim=heads, use_linear_projection=chance.random() < 0.5,
        ),
        vae=dict(
            block_out_channels=tuple(4 * chance.randint(1, 4) for _ in range(vae)), layers_per_block=chance.choice([1, 2]),
            norm_num_groups=2, down_block_types=("DownEncoderBlock2D",) * vae, up_block_types=("UpDecoderBlock2D",) * vae,
        ),
        scheduler=kind(**STABLE, prediction_type=prediction, steps_offset=1, **options),
    )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        make(Path(sys.argv[1]), int(sys.argv[2]), some(int(sys.argv[2])))
    else:
        make(HERE / "stable-2", 20, stable_2())
        make(HERE / "stable-1", 10, stable_1())
