"""Makes the files in `maps/`, with which the test of the maps of words compares.

    python make_maps.py

Needs numpy and safetensors; made with numpy 2.4. All files but the last hold the same maps: three words, 2 x 4 places,
the value of place `p` of word `w` being (8 w + p) / 64, which every kind of number holds exactly.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

HERE = Path(__file__).resolve().parent / "maps"
HERE.mkdir(exist_ok=True)
maps = (np.arange(24).reshape(3, 2, 4) / 64).astype(np.float32)

np.savez(HERE / "whole.npz", maps=maps)
np.savez_compressed(HERE / "half.npz", maps=maps.astype(np.float16))
np.savez(HERE / "columns.npz", maps=np.asfortranarray(maps.astype(np.float64)))
np.savez(HERE / "unnamed.npz", *maps)
np.savez_compressed(HERE / "words.npz", **{str(word): maps[word] for word in range(3)})
save_file({"maps": maps}, HERE / "whole.safetensors")
save_file({"maps": maps.astype(np.float16)}, HERE / "half.safetensors")
# Word 1 has no map.
np.savez(HERE / "gap.npz", **{"0": maps[0], "2": maps[2]})
