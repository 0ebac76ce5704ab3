"""Makes `schedulers.json` and `schedulers.safetensors`, with which the tests of the schedulers compare.

    python make_schedulers.py

Needs torch, diffusers and safetensors; made with torch 2.7.1 and diffusers 0.42.1. Every case is a configuration as
`diffusers` writes it, a number of steps, the visited times and the latent after every step, where the model is a fixed
function of what it is shown and of the step. Nothing is downloaded.
"""

import json
from pathlib import Path

import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent

STABLE = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
V = dict(prediction_type="v_prediction")

CASES = [
    ("ddim-2", DDIMScheduler, 20, STABLE | V | dict(clip_sample=False, set_alpha_to_one=False, steps_offset=1)),
    ("ddim-epsilon", DDIMScheduler, 20, STABLE | dict(clip_sample=False, set_alpha_to_one=False, steps_offset=1)),
    ("ddim-defaults", DDIMScheduler, 20, {}),
    ("ddim-clip", DDIMScheduler, 20, STABLE | dict(clip_sample=True, clip_sample_range=0.4)),
    ("ddim-zero", DDIMScheduler, 20, STABLE | V | dict(
        clip_sample=False, rescale_betas_zero_snr=True, timestep_spacing="trailing")),
    ("ddim-cosine", DDIMScheduler, 20, V | dict(
        beta_schedule="squaredcos_cap_v2", clip_sample=False, timestep_spacing="linspace")),
    ("ddim-trained", DDIMScheduler, 5, V | dict(
        trained_betas=[0.002 * (1 + index) for index in range(30)], num_train_timesteps=30, clip_sample=False)),
    ("euler-2", EulerDiscreteScheduler, 20, STABLE | V | dict(steps_offset=1)),
    ("euler-epsilon", EulerDiscreteScheduler, 20, STABLE | dict(timestep_spacing="leading", steps_offset=1)),
    ("euler-trailing", EulerDiscreteScheduler, 7, STABLE | dict(
        timestep_spacing="trailing", final_sigmas_type="sigma_min")),
    ("euler-zero", EulerDiscreteScheduler, 20, STABLE | V | dict(
        rescale_betas_zero_snr=True, timestep_spacing="trailing")),
    ("dpm-2", DPMSolverMultistepScheduler, 20, STABLE | V | dict(steps_offset=1)),
    ("dpm-epsilon", DPMSolverMultistepScheduler, 20, STABLE | dict(timestep_spacing="leading", steps_offset=1)),
    ("dpm-few", DPMSolverMultistepScheduler, 6, STABLE | dict(
        timestep_spacing="trailing", final_sigmas_type="sigma_min")),
    ("dpm-many", DPMSolverMultistepScheduler, 20, STABLE | dict(final_sigmas_type="sigma_min")),
    ("dpm-heun", DPMSolverMultistepScheduler, 20, STABLE | V | dict(solver_type="heun", euler_at_final=True)),
    ("dpm-first", DPMSolverMultistepScheduler, 20, STABLE | V | dict(solver_order=1)),
    ("dpm-cosine", DPMSolverMultistepScheduler, 20, dict(
        beta_schedule="squaredcos_cap_v2", lambda_min_clipped=-5.1)),
    ("dpm-zero", DPMSolverMultistepScheduler, 20, STABLE | V | dict(
        rescale_betas_zero_snr=True, timestep_spacing="trailing")),
]


def main():
    torch.manual_seed(1)
    tensors = {"noise": torch.randn(8), "answers": torch.randn(20, 8)}
    cases = []
    for name, kind, steps, options in CASES:
        scheduler = kind(**options)
        scheduler.set_timesteps(steps)
        latent = tensors["noise"].reshape(1, 2, 2, 2) * scheduler.init_noise_sigma
        latents = []
        for index, time in enumerate(scheduler.timesteps):
            shown = scheduler.scale_model_input(latent, time)
            answer = 0.6 * torch.tanh(shown) + 0.5 * tensors["answers"][index].reshape(1, 2, 2, 2)
            latent = scheduler.step(answer, time, latent).prev_sample
            latents.append(latent.flatten())
        tensors[name] = torch.stack(latents).float()
        cases.append({
            "name": name,
            "steps": steps,
            "start": float(scheduler.init_noise_sigma),
            "times": [float(time) for time in scheduler.timesteps],
            # As the package writes it to a file, with numbers that are none of JSON.
            "config": scheduler.to_json_string(),
        })
    save_file(tensors, HERE / "schedulers.safetensors")
    (HERE / "schedulers.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
