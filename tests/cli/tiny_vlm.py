"""Makes a tiny vision-language model with random weights, and serves it with `transformers serve`.

usage: tiny_vlm.py FOLDER PORT
needs: torch, transformers[serving], pillow

The model is LLaVA's architecture with two layers each; what it writes is words without sense, and always as many as are
asked for.
"""

import os
import sys

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

WORDS = "a dog cat man woman red blue car street sign in on at the park stadium two people holding logo poster".split()
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }} : {% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image> {% else %}{{ part['text'] }} {% endif %}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}assistant : {% endif %}"
)
SIDE, PATCH = 32, 16


def make(folder):
    special = ["<pad>", "<unk>", "<s>", "</s>", "<image>"]
    vocabulary = {word: index for index, word in enumerate(special + WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        additional_special_tokens=["<image>"],
    )
    processor = LlavaProcessor(
        image_processor=CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}),
        tokenizer=tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        image_token="<image>",
        num_additional_image_tokens=1,
        chat_template=TEMPLATE,
    )
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**sizes, image_size=SIDE, patch_size=PATCH),
        text_config=LlamaConfig(**sizes, num_key_value_heads=4, vocab_size=len(vocabulary), max_position_embeddings=512),
        image_token_id=vocabulary["<image>"],
        image_seq_length=(SIDE // PATCH) ** 2,
    )
    torch.manual_seed(1)
    model = LlavaForConditionalGeneration(config)
    # Words only, and never an early end.
    model.generation_config.suppress_tokens = list(range(len(special)))
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = vocabulary["<pad>"]
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


if __name__ == "__main__":
    folder, port = sys.argv[1:3]
    make(folder)
    if port != "0":
        command = "from transformers.cli.transformers import main; main()"
        arguments = ["serve", folder, "--port", port, "--device", "cpu", "--host", "127.0.0.1"]
        os.execv(sys.executable, [sys.executable, "-c", command, *arguments])
