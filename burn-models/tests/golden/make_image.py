"""Makes the reference files in `image/`, with which the tests of the image encoders compare.

    python make_image.py [MOBILENET_V2.pth]

Needs torch, torchvision, transformers, safetensors and pillow; made with torch 2.7.1, torchvision 0.22.1,
transformers 5.23.0 and pillow 13.0.0. Every folder is a tiny random encoder in the layout of its publisher, with
`reference.safetensors`: inputs and what the reference library computes of them. Nothing is downloaded. With the real
MobileNetV2 weights of torchvision as an argument, `mobilenet-real.safetensors` is made anew as well.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torchvision import transforms
from torchvision.models import MobileNetV2, mobilenet_v2
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModel,
    ResNetConfig,
    ResNetForImageClassification,
    ResNetModel,
    ViTConfig,
    ViTForImageClassification,
    ViTModel,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

HERE = Path(__file__).resolve().parent / "image"


def folder(name):
    path = HERE / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def save(tensors, path):
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, path)


def randomise(model, seed):
    """Weights and statistics under which no layer is dead and nothing explodes."""
    torch.manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.6, 1.4)
            nn.init.normal_(module.bias, 0.1, 0.3)
            nn.init.normal_(module.running_mean, 0.0, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
        elif isinstance(module, nn.LayerNorm):
            nn.init.uniform_(module.weight, 0.6, 1.4)
            nn.init.normal_(module.bias, 0.0, 0.3)
        elif isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, 0.0, module.weight[0].numel() ** -0.5)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0.0, 0.3)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0.0, module.weight.shape[1] ** -0.5)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0.0, 0.3)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, 0.0, 0.5)
    for name, parameter in model.named_parameters():
        if any(word in name for word in ("cls_token", "class_embedding", "position_embeddings")):
            nn.init.normal_(parameter, 0.0, 0.5)
    return model.eval()


def pixels(side, batch=2):
    return torch.randn(batch, 3, side, side)


def grid(feature_map):
    """The places of a feature map, row by row."""
    return feature_map.flatten(2).transpose(1, 2)


class NarrowResNet(ResNet):
    """torchvision's ResNet with a sixteenth of the channels, which it has no argument for."""

    shrink = 16

    @property
    def inplanes(self):
        return self._inplanes

    @inplanes.setter
    def inplanes(self, value):
        self._inplanes = value if hasattr(self, "_inplanes") else value // self.shrink

    def _make_layer(self, block, planes, *arguments, **options):
        return super()._make_layer(block, planes // self.shrink, *arguments, **options)


def torchvision_resnets():
    for seed, (name, block, layers, options) in enumerate([
        ("resnet-basic", BasicBlock, [2, 1, 1, 1], {}),
        ("resnet-bottleneck", Bottleneck, [1, 2, 1, 1], {}),
        ("resnet-groups", Bottleneck, [1, 1, 1, 1], {"groups": 2, "width_per_group": 16}),
    ]):
        model = NarrowResNet(block, layers, **options)
        model.fc = nn.Linear(model.inplanes, 2)
        randomise(model, seed)
        x = pixels(40, batch=1)
        stem = model.maxpool(model.relu(model.bn1(model.conv1(x))))
        stages = []
        for layer in (model.layer1, model.layer2, model.layer3, model.layer4):
            stages.append(layer(stages[-1] if stages else stem))
        out = folder(name)
        torch.save(model.state_dict(), out / "weights.pth")
        tensors = {"pixel_values": x, "feature_grid": grid(stages[3]), "pooler_output": stages[3].mean((2, 3))}
        if name == "resnet-bottleneck":
            tensors |= {f"c{index + 2}": stage for index, stage in enumerate(stages)}
        save(tensors, out / "reference.safetensors")


def hub_resnets():
    for seed, (name, kind, options) in enumerate([
        ("hub-resnet-bottleneck", ResNetModel, {"layer_type": "bottleneck", "hidden_sizes": [16, 24, 32]}),
        ("hub-resnet-early", ResNetForImageClassification, {
            "layer_type": "bottleneck", "hidden_sizes": [16, 24, 32], "downsample_in_bottleneck": True,
        }),
        ("hub-resnet-basic", ResNetModel, {
            "layer_type": "basic", "hidden_sizes": [6, 8, 12], "downsample_in_first_stage": True,
        }),
    ]):
        model = kind(ResNetConfig(embedding_size=6, depths=[1, 2, 1], num_labels=2, **options))
        randomise(model, 10 + seed)
        x = pixels(44, batch=1)
        body = model.resnet if hasattr(model, "resnet") else model
        output = body(x)
        out = folder(name)
        model.save_pretrained(out)
        ConvNextImageProcessorPil(size={"shortest_edge": 44}).save_pretrained(out)
        save({
            "pixel_values": x,
            "feature_grid": grid(output.last_hidden_state),
            "last_hidden_state": output.last_hidden_state,
            "pooler_output": output.pooler_output,
        }, out / "reference.safetensors")


def mobilenet():
    model = randomise(MobileNetV2(num_classes=2, width_mult=0.05, round_nearest=4), 20)
    x = pixels(40)
    features = model.features(x)
    out = folder("mobilenet")
    # The old format, in which torchvision publishes these weights.
    torch.save(model.state_dict(), out / "weights.pth", _use_new_zipfile_serialization=False)
    tensors = {"pixel_values": x, "feature_grid": grid(features), "pooler_output": features.mean((2, 3))}
    save(tensors, out / "reference.safetensors")


class Turned(nn.Module):
    """The network of the authors of RotNet, by its names and shapes, with fewer channels and no hidden layers behind it."""

    def __init__(self, channels):
        super().__init__()
        shapes = zip([3, *channels], channels, [(11, 4, 2), (5, 1, 2), (3, 1, 1), (3, 1, 1), (3, 1, 1)])
        convolutions = [
            nn.Sequential(nn.Conv2d(inputs, outputs, *sizes), nn.BatchNorm2d(outputs), nn.ReLU())
            for inputs, outputs, sizes in shapes
        ]
        pool = lambda: nn.MaxPool2d(3, 2)
        first, second, *others = convolutions
        classifier = nn.Sequential(nn.Linear(channels[-1], 4))
        self._feature_blocks = nn.ModuleList([first, pool(), second, pool(), *others, pool(), nn.Identity(), classifier])

    def forward(self, x):
        for block in self._feature_blocks[:7]:
            x = block(x)
        return x


def rotnet():
    model = randomise(Turned([4, 5, 6, 5, 4]), 25)
    x = pixels(47, batch=1)
    features = model(x)
    out = folder("rotnet")
    torch.save({"epoch": 50, "network": model.state_dict()}, out / "weights.pth")
    tensors = {"pixel_values": x, "feature_grid": grid(features), "pooler_output": features.mean((2, 3))}
    save(tensors, out / "reference.safetensors")


def vits():
    sizes = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=28, num_labels=2)
    for seed, (name, kind, options) in enumerate([
        ("vit", ViTModel, {"image_size": 24, "patch_size": 8}),
        ("vit-classifier", ViTForImageClassification, {
            "image_size": 20, "patch_size": 6, "hidden_act": "gelu_new", "layer_norm_eps": 1e-6,
        }),
    ]):
        config = ViTConfig(**sizes, **options, attn_implementation="eager")
        model = randomise(kind(config), 30 + seed)
        x = pixels(config.image_size)
        body = model.vit if hasattr(model, "vit") else model
        output = body(x, output_attentions=True)
        out = folder(name)
        model.save_pretrained(out)
        side = config.image_size
        ViTImageProcessorPil(size={"height": side, "width": side}).save_pretrained(out)
        tensors = {"pixel_values": x, "last_hidden_state": output.last_hidden_state}
        if output.pooler_output is not None:
            tensors["pooler_output"] = output.pooler_output
        tensors |= {f"attentions.{layer}": weights for layer, weights in enumerate(output.attentions)}
        save(tensors, out / "reference.safetensors")


def clips():
    common = dict(num_hidden_layers=2, num_attention_heads=3, intermediate_size=20)
    for seed, (name, end, activation) in enumerate([("clip", 39, "quick_gelu"), ("clip-old", 2, "gelu")]):
        text = dict(
            hidden_size=12, vocab_size=40, max_position_embeddings=11, hidden_act=activation, eos_token_id=end,
            bos_token_id=38, pad_token_id=39, **common,
        )
        vision = dict(hidden_size=15, image_size=24, patch_size=8, hidden_act=activation, **common)
        config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=10)
        model = randomise(CLIPModel(config), 40 + seed)
        x = pixels(24, batch=3)
        ids = torch.randint(0, 38, (4, 11))
        mask = torch.ones_like(ids)
        for row, end_place in enumerate([10, 6, 3, 1]):
            ids[row, 0] = 38
            ids[row, end_place:] = 39
            mask[row, end_place + 1:] = 0
        output = model(input_ids=ids, attention_mask=mask, pixel_values=x)
        texts, images = model.text_model(input_ids=ids, attention_mask=mask), model.vision_model(pixel_values=x)
        out = folder(name)
        model.save_pretrained(out)
        CLIPImageProcessorPil(size={"shortest_edge": 24}, crop_size=24).save_pretrained(out)
        save({
            "pixel_values": x,
            "input_ids": ids,
            "attention_mask": mask,
            "text_hidden_state": texts.last_hidden_state,
            "text_pooler_output": texts.pooler_output,
            "last_hidden_state": images.last_hidden_state,
            "pooler_output": images.pooler_output,
            "text_embeds": output.text_embeds,
            "image_embeds": output.image_embeds,
            "logits_per_text": output.logits_per_text,
        }, out / "reference.safetensors")
    config = CLIPVisionConfig(hidden_size=15, image_size=24, patch_size=12, **common)
    model = randomise(CLIPVisionModel(config), 45)
    x = pixels(24)
    output = model(x)
    out = folder("clip-image")
    model.save_pretrained(out)
    save({
        "pixel_values": x,
        "last_hidden_state": output.last_hidden_state,
        "pooler_output": output.pooler_output,
    }, out / "reference.safetensors")


TEXTS = [
    "A photo of a cat",
    "it's   raining\tin  ROME 2023!!",
    "@user: caf\u00e9 \u2600\ufe0f #sunny",
    "",
    "a photo of a photo of a photo of a photo of a cat",
]


def clip_tokenizer():
    """A vocabulary of bytes, a few merges, and the two marks; ids of texts as the reference gives them."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    signs = list(bytes_to_unicode().values())
    merges = [("p", "h"), ("o", "t"), ("ph", "ot"), ("phot", "o</w>"), ("c", "a"), ("ca", "t</w>"), ("o", "f</w>"),
              ("!", "!</w>"), ("i", "n"), ("r", "a"), ("ra", "in"), ("'", "s</w>")]
    pieces = signs + [sign + "</w>" for sign in signs] + ["".join(pair) for pair in merges]
    vocabulary = {piece: index for index, piece in enumerate([*pieces, "<|startoftext|>", "<|endoftext|>"])}
    out = folder("clip-tokenizer")
    (out / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (out / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tokenizer = CLIPTokenizer(vocab=str(out / "vocab.json"), merges=str(out / "merges.txt"))
    whole = folder("clip-tokenizer-whole")
    tokenizer.backend_tokenizer.save(str(whole / "tokenizer.json"), pretty=False)
    encoded = [tokenizer(text, truncation=True, max_length=16)["input_ids"] for text in TEXTS]
    (out / "reference.json").write_text(json.dumps({"texts": TEXTS, "ids": encoded}) + "\n")


def clip_whole():
    """A folder with both encoders, the words and the pictures' preparation; cosines of texts and pictures."""
    common = dict(num_hidden_layers=1, num_attention_heads=2, intermediate_size=12)
    text = dict(
        hidden_size=8, vocab_size=526, max_position_embeddings=16, eos_token_id=525, bos_token_id=524,
        pad_token_id=525, **common,
    )
    vision = dict(hidden_size=8, image_size=24, patch_size=8, **common)
    model = randomise(CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=6)), 47)
    out = folder("clip-whole")
    model.save_pretrained(out)
    processor = CLIPImageProcessorPil(size={"shortest_edge": 24}, crop_size=24)
    processor.save_pretrained(out)
    words = HERE / "clip-tokenizer"
    tokenizer = CLIPTokenizer(vocab=str(words / "vocab.json"), merges=str(words / "merges.txt"))
    tokenizer.backend_tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    names = ["97x61", "20x45"]
    seen = processor([Image.open(HERE / "pictures" / f"{name}.png") for name in names], return_tensors="pt")
    read = tokenizer(TEXTS, truncation=True, max_length=16, padding=True, return_tensors="pt")
    output = model(**read, **seen)
    cosines = (output.text_embeds @ output.image_embeds.T).tolist()
    (out / "reference.json").write_text(json.dumps({"texts": TEXTS, "pictures": names, "cosines": cosines}) + "\n")


def picture(width, height):
    """Smooth areas, sharp edges and noise."""
    rng = np.random.default_rng(width * 1000 + height)
    y, x = np.mgrid[0:height, 0:width]
    red = 255 * x / width
    green = 127 + 120 * np.sin(x / 5) * np.cos(y / 7)
    blue = np.where((x // 9 + y // 6) % 2 == 0, 250, 5)
    values = np.stack([red, green, blue], axis=2)
    values[height // 2:] += rng.normal(0, 40, values[height // 2:].shape)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def preprocessing():
    out = folder("pictures")
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    tail = [transforms.ToTensor(), transforms.Normalize(mean, deviation)]
    # Every recipe with its mean and deviation undone gives bytes; the numbers themselves are kept for one picture.
    recipes = {
        "torchvision": transforms.Compose([transforms.Resize(36), transforms.CenterCrop(31), *tail]),
        "whole": transforms.Compose([transforms.Resize((31, 31)), *tail]),
        "vit": ViTImageProcessorPil(size={"height": 31, "width": 31}),
        "clip": CLIPImageProcessorPil(size={"shortest_edge": 31}, crop_size={"height": 31, "width": 31}),
        "convnext": ConvNextImageProcessorPil(size={"shortest_edge": 31}),
    }
    tensors = {}
    for width, height in [(97, 61), (20, 45), (31, 31), (300, 40)]:
        image = picture(width, height)
        image.save(out / f"{width}x{height}.png")
        for name, recipe in recipes.items():
            result = recipe(image)
            if not torch.is_tensor(result):
                result = torch.from_numpy(np.asarray(result["pixel_values"][0]))
            of = [torch.tensor(getattr(recipe, word, usual))[:, None, None]
                  for word, usual in (("image_mean", mean), ("image_std", deviation))]
            levels = (result.double() * of[1] + of[0]) * 255
            assert (levels - levels.round()).abs().max() < 1e-3, name
            tensors[f"{name}.{width}x{height}"] = levels.round().to(torch.uint8)
            if width < height and name in ("torchvision", "clip", "vit"):
                tensors[f"{name}.scaled"] = result.float()
    for name in ("vit", "clip", "convnext"):
        recipes[name].save_pretrained(folder(f"pictures/{name}"))
    # Colour modes, with the colours that Pillow makes of them.
    small = picture(12, 8)
    alpha = Image.fromarray((np.arange(96) * 2).reshape(8, 12).astype(np.uint8))
    see_through = small.copy()
    see_through.putalpha(alpha)
    grey = small.convert("L")
    grey_alpha = grey.copy()
    grey_alpha.putalpha(alpha)
    modes = {"alpha": see_through, "grey": grey, "grey-alpha": grey_alpha, "palette": small.quantize(16)}
    for name, image in modes.items():
        image.save(out / f"{name}.png")
        tensors[f"mode.{name}"] = torch.from_numpy(np.array(image.convert("RGB")))
    save(tensors, out / "reference.safetensors")


def real_mobilenet(weights):
    """The published weights on a picture that the test can make as well."""
    model = mobilenet_v2()
    model.load_state_dict(torch.load(weights, weights_only=True))
    model.eval()
    y, x = np.mgrid[0:224, 0:224]
    channels = [(x * 5 + y * 3) % 256, (x * y // 16) % 256, ((x // 28 + y // 28) % 2) * 200 + 20]
    image = np.stack(channels, axis=2).astype(np.uint8)
    tail = [transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
    features = model.features(transforms.Compose(tail)(image)[None])
    # Every twentieth channel of every region keeps the file small.
    save({
        "feature_grid": grid(features)[:, :, ::20],
        "pooler_output": features.mean((2, 3)),
    }, HERE / "mobilenet-real.safetensors")


def main():
    with torch.no_grad():
        torchvision_resnets()
        hub_resnets()
        mobilenet()
        rotnet()
        vits()
        clips()
        clip_tokenizer()
        preprocessing()
        clip_whole()
        for weights in sys.argv[1:]:
            real_mobilenet(weights)


main()
