"""Stores what `diffusers` computes with a text-to-image model, for `spanlight model check MODEL --reference OUT`.

    python store_reference.py MODEL OUT.safetensors [--prompt TEXT] [--pixels SIDE] [--time STEP] [--seed SEED]

Needs torch, diffusers, transformers and safetensors. MODEL is the folder of a model; everything is computed in 32 bits on
the CPU, and nothing is downloaded.
"""

import argparse

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import save_file


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--prompt", default="a photo of a cat in the rain")
    parser.add_argument("--pixels", type=int, default=None)
    parser.add_argument("--time", type=int, default=981)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()

    pipeline = StableDiffusionPipeline.from_pretrained(
        asked.model, torch_dtype=torch.float32, safety_checker=None, local_files_only=True
    )
    words, text, unet, vae = pipeline.tokenizer, pipeline.text_encoder, pipeline.unet, pipeline.vae
    side = asked.pixels // pipeline.vae_scale_factor if asked.pixels else unet.config.sample_size
    encode = lambda prompt: words(
        prompt, padding="max_length", max_length=words.model_max_length, truncation=True, return_tensors="pt"
    ).input_ids
    torch.manual_seed(asked.seed)
    with torch.no_grad():
        ids = torch.cat([encode(""), encode(asked.prompt)])
        states = text(ids)[0]
        sample = torch.randn(2, unet.config.in_channels, side, side)
        latents = torch.randn(1, vae.config.latent_channels, side, side)
        tensors = {
            "input_ids": ids,
            "last_hidden_state": states,
            "sample": sample,
            "timestep": torch.tensor([asked.time]),
            "encoder_hidden_states": states,
            "noise_pred": unet(sample, asked.time, states).sample,
            "latents": latents,
            "decoded": vae.decode(latents / vae.config.scaling_factor).sample,
        }
    save_file({name: tensor.clone().contiguous() for name, tensor in tensors.items()}, asked.out)


if __name__ == "__main__":
    main()
