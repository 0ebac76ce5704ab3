"""Makes the golden files of the text encoders: tiny random models with what `transformers` computes from them.

    python make_text.py [WEIGHTS]  # writes ./text; made with torch 2.7, transformers 5.23, tokenizers 0.23, safetensors 0.8

WEIGHTS is a folder with the published models `minilm` and `minilm-f16`; only their outputs for one small input and the ids
of some words are kept.

Every folder of ./text is a model as a hub publishes it, between them in every file format, with and without the prefix of
a larger model, and beside it the inputs and outputs that `spanlight model check` compares. All weights are random, all
sentences invented.
"""

import json
import shutil
import sys
from pathlib import Path

import tokenizers
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoTokenizer, BertConfig, BertForTokenClassification, BertModel, DistilBertConfig, DistilBertForTokenClassification,
    MPNetConfig, MPNetModel, PreTrainedTokenizerFast, RobertaConfig, RobertaModel, XLMRobertaConfig, XLMRobertaModel,
)

ROOT = Path(__file__).parent / "text"
VOCABULARY = 40
BERT = dict(
    vocab_size=VOCABULARY, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
    attn_implementation="eager",
)


def randomise(model, seed):
    """Larger weights than the usual start, so that every part shows in the output."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            values = torch.randn(parameter.shape, generator=generator) * 0.3
            parameter.copy_(values + 1 if name.endswith(("LayerNorm.weight", "layer_norm.weight")) else values)
    return model.eval()


def references(folder, encoder, padding, longest, with_types):
    generator = torch.Generator().manual_seed(7)

    def rows(*masks):
        mask = torch.tensor(masks)
        ids = torch.randint(5, VOCABULARY, mask.shape, generator=generator)
        tensors = {"input_ids": torch.where(mask == 1, ids, padding), "attention_mask": mask}
        if with_types:
            tensors["token_type_ids"] = torch.randint(0, 2, mask.shape, generator=generator)
        return tensors

    inputs = {
        "padded": rows([1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0], [0, 0, 1, 1, 1, 1, 1], [1, 0, 0, 0, 0, 0, 0]),
        "single": rows([1]),
        "longest": rows([1] * longest),
    }
    for name, tensors in inputs.items():
        with torch.no_grad():
            output = encoder(**tensors)
        tensors["last_hidden_state"] = output.last_hidden_state
        if getattr(output, "pooler_output", None) is not None:
            tensors["pooler_output"] = output.pooler_output
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / f"{name}.safetensors")


def publish(name, model, encoder, write, longest, with_types=False):
    folder = ROOT / name
    folder.mkdir(parents=True)
    settings = model.config.to_dict()
    (folder / "config.json").write_text(json.dumps(settings, indent=1) + "\n")
    write(folder, {key: tensor.contiguous() for key, tensor in model.state_dict().items()})
    references(folder, encoder, model.config.pad_token_id, longest, with_types)


def one_file(folder, state):
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})


def in_type(dtype):
    """The state in another type; the model computes with the rounded numbers."""
    return lambda folder, state: one_file(folder, {key: tensor.to(dtype) for key, tensor in state.items()})


def rounded(model, dtype):
    return model.to(dtype).float()


def zip_file(folder, state):
    torch.save(state, folder / "pytorch_model.bin")


def old_file(folder, state):
    """The format before version 1.6, with the old names of a norm's vectors."""
    spell = lambda key: key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    state = {spell(key): tensor for key, tensor in state.items()}
    torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)


def parts(folder, state):
    names = sorted(state)
    halves = {"model-1.safetensors": names[::2], "model-2.safetensors": names[1::2]}
    for file, keys in halves.items():
        save_file({key: state[key].bfloat16() for key in keys}, folder / file, metadata={"format": "pt"})
    weight_map = {key: file for file, keys in halves.items() for key in keys}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}, indent=1) + "\n")


def models():
    bert = randomise(BertModel(BertConfig(**BERT, max_position_embeddings=24)), 1)
    publish("bert", bert, bert, one_file, 24, with_types=True)
    tagger = randomise(BertForTokenClassification(
        BertConfig(**BERT, max_position_embeddings=24, hidden_act="gelu_new", layer_norm_eps=1e-5)), 2)
    publish("bert-tagger", tagger, tagger.bert, old_file, 24, with_types=True)
    distil = rounded(randomise(DistilBertForTokenClassification(DistilBertConfig(
        vocab_size=VOCABULARY, dim=16, n_layers=2, n_heads=2, hidden_dim=24, max_position_embeddings=20,
        activation="relu", attn_implementation="eager")), 3), torch.float16)
    publish("distilbert", distil, distil.distilbert, in_type(torch.float16), 20)
    roberta = randomise(RobertaModel(RobertaConfig(**BERT, max_position_embeddings=26, type_vocab_size=1)), 4)
    publish("roberta", roberta, roberta, zip_file, 24)
    xlm = rounded(randomise(XLMRobertaModel(XLMRobertaConfig(
        **BERT, max_position_embeddings=26, type_vocab_size=1), add_pooling_layer=False), 5), torch.bfloat16)
    publish("xlm-roberta", xlm, xlm, parts, 24)
    # Long enough for every bucket of distances.
    mpnet = randomise(MPNetModel(MPNetConfig(**BERT, max_position_embeddings=142)), 6)
    publish("mpnet", mpnet, mpnet, one_file, 140)


SENTENCES = [
    "RT @mira_k : Zoë and Łukasz saw the Kraken at Pier 39 😂😂 !!! https://t.co/aB3dE",
    "naïve façade — ÆTHER übergroß İstanbul ǅungla ﬁnally ①②",
    "東京タワー で 写真 を撮った 🗼 #tokyo2031",
    "привет , Наташа ! it's 5:30pm … can't won't y'all",
    "👩‍👩‍👧‍👦 🇫🇷 ❤️ 👍🏽 ‍ ️ end",
    "مرحبا بالعالم नमस्ते दुनिया ภาษาไทย 한국어",
    "ALLCAPS mIxEd $TSLA 100% c++ a_b-c d.e.f 'quoted' \"double\" <3 &amp; [CLSX] ##hash",
    "tab\there zero\u200bwidth soft\u00adhyphen nbsp\u00a0inside \u0007 \ufffd",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ok",
]


def word_ids(tokenizer, name):
    """The pieces of every word, with none for a word that the tokenizer drops."""
    cases = []
    for sentence in SENTENCES:
        words = sentence.split(" ")
        encoding = tokenizer(words, is_split_into_words=True, add_special_tokens=False)
        pieces = [[] for _ in words]
        for piece, word in zip(encoding["input_ids"], encoding.word_ids()):
            pieces[word].append(piece)
        cases.append({"words": words, "pieces": pieces})
    frame = tokenizer("")["input_ids"]
    golden = {"frame": frame, "padding": tokenizer.pad_token_id, "unknown": tokenizer.unk_token_id, "cases": cases}
    (ROOT / f"{name}.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


def word_piece_vocabulary(lowercase):
    tokenizer = tokenizers.BertWordPieceTokenizer(lowercase=lowercase)
    tokenizer.train_from_iterator(SENTENCES[:7], vocab_size=260, min_frequency=1, show_progress=False)
    vocabulary = tokenizer.get_vocab()
    return sorted(vocabulary, key=vocabulary.get)


def published_tokenizers():
    for name, lowercase in [("uncased", True), ("cased", False)]:
        folder = ROOT / name
        folder.mkdir(parents=True)
        (folder / "vocab.txt").write_text("\n".join(word_piece_vocabulary(lowercase)) + "\n")
        settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": lowercase}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings) + "\n")
        word_ids(AutoTokenizer.from_pretrained(folder), name)

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    frame = tokenizers.processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])

    bytes_ = tokenizers.Tokenizer(tokenizers.models.BPE())
    bytes_.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_.post_processor = frame
    bytes_.train_from_iterator(SENTENCES[:7], tokenizers.trainers.BpeTrainer(
        vocab_size=360, special_tokens=special, initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    publish_tokenizer("byte-level", bytes_, add_prefix_space=True)

    unigram = tokenizers.Tokenizer(tokenizers.models.Unigram())
    unigram.normalizer = tokenizers.normalizers.Sequence([tokenizers.normalizers.Nmt(), tokenizers.normalizers.NFKC()])
    unigram.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.WhitespaceSplit(), tokenizers.pre_tokenizers.Metaspace()])
    unigram.post_processor = frame
    unigram.train_from_iterator(SENTENCES[:5], tokenizers.trainers.UnigramTrainer(
        vocab_size=140, special_tokens=special, unk_token="<unk>", show_progress=False))
    publish_tokenizer("unigram", unigram)


def publish_tokenizer(name, tokenizer, **settings):
    """As a hub has it, with the lengths of some other use left in the file."""
    folder = ROOT / name
    folder.mkdir(parents=True)
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>", length=8)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if settings:
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(**settings)
    word_ids(PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"), name)


def real_models(weights):
    for name in ["minilm", "minilm-f16"]:
        encoder = BertModel(BertConfig.from_pretrained(weights / name))
        state = {key.removeprefix("bert."): tensor.float() for key, tensor in load_file(weights / name / "model.safetensors").items()}
        missing = encoder.load_state_dict(state, strict=False).missing_keys
        assert not [key for key in missing if "position_ids" not in key], missing
        mask = torch.tensor([[1, 1, 1, 1, 1, 1], [0, 1, 1, 1, 0, 0]])
        ids = torch.tensor([[101, 2026, 3899, 7459, 2414, 102], [0, 101, 7592, 102, 0, 0]])
        with torch.no_grad():
            output = encoder.eval()(input_ids=ids, attention_mask=mask)
        save_file({"input_ids": ids, "attention_mask": mask, "last_hidden_state": output.last_hidden_state},
                  ROOT / f"{name}.safetensors")
    word_ids(AutoTokenizer.from_pretrained(weights / "minilm"), "minilm")


if __name__ == "__main__":
    shutil.rmtree(ROOT, ignore_errors=True)
    models()
    published_tokenizers()
    if len(sys.argv) > 1:
        real_models(Path(sys.argv[1]))
