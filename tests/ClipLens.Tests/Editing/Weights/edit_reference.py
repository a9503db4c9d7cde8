"""Plain numpy computation of edited models, the reference of EditedFormatsTests. Writes edit_reference.json beside itself.

    python3 edit_reference.py SHARED/golden/formats/a_openclip_native.safetensors

The pictures are formulas, so that no decoder is needed; the model is the small random CLIP of the golden formats, with QuickGELU.
"""
import json
import os
import struct
import sys

import numpy as np

NEURONS = [(0, 5), (1, 17), (1, 200), (2, 33)]          # taken out
SCALED = {(2, 7): 0.5, (0, 9): 2.0}                      # multiplied
HEADS = [(1, 2), (2, 0)]                                 # taken out
LAYERS, WIDTH, HEAD_COUNT, PATCH, SIDE, IMAGES = 3, 64, 4, 16, 64, 6
MEAN = np.array([0.48145466, 0.4578275, 0.40821073])
STD = np.array([0.26862954, 0.26130258, 0.27577711])


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[8 + length + begin:8 + length + end], "<f4").reshape(entry["shape"]).astype(np.float64)
    return tensors


def picture(i):
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    return np.stack([(x * (3 + i) + y * 2) % 256, (x + y * (5 + i)) % 256, (x * y // (i + 2)) % 256], 0).astype(np.float64)


def is_half(name):
    return "attn." in name or "mlp." in name or name in ("visual.conv1.weight", "visual.proj", "text_projection")


def norm(x, w, name):
    m = x.mean(-1, keepdims=True)
    v = ((x - m) ** 2).mean(-1, keepdims=True)
    return (x - m) / np.sqrt(v + 1e-5) * w[name + ".weight"] + w[name + ".bias"]


def forward(w, keep=None):
    """Embeddings of the pictures; keep takes (layer, neurons, heads) at all tokens."""
    pixels = (np.stack([picture(i) for i in range(IMAGES)]) / 255 - MEAN[:, None, None]) / STD[:, None, None]
    grid = SIDE // PATCH
    patches = pixels.reshape(IMAGES, 3, grid, PATCH, grid, PATCH).transpose(0, 2, 4, 1, 3, 5).reshape(IMAGES, grid * grid, -1)
    tokens = patches @ w["visual.conv1.weight"].reshape(WIDTH, -1).T
    first = np.broadcast_to(w["visual.class_embedding"], (IMAGES, 1, WIDTH))
    x = np.concatenate([first, tokens], 1) + w["visual.positional_embedding"]
    x = norm(x, w, "visual.ln_pre")
    for layer in range(LAYERS):
        block = f"visual.transformer.resblocks.{layer}."
        n = norm(x, w, block + "ln_1")
        q, k, v = np.split(n @ w[block + "attn.in_proj_weight"].T + w[block + "attn.in_proj_bias"], 3, -1)
        split = lambda t: t.reshape(IMAGES, -1, HEAD_COUNT, WIDTH // HEAD_COUNT).transpose(0, 2, 1, 3)
        scores = split(q) @ split(k).transpose(0, 1, 3, 2) / np.sqrt(WIDTH // HEAD_COUNT)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        z = (weights @ split(v)).transpose(0, 2, 1, 3).reshape(IMAGES, -1, WIDTH)
        x = x + z @ w[block + "attn.out_proj.weight"].T + w[block + "attn.out_proj.bias"]
        h = norm(x, w, block + "ln_2") @ w[block + "mlp.c_fc.weight"].T + w[block + "mlp.c_fc.bias"]
        p = h / (1 + np.exp(-1.702 * h))
        x = x + p @ w[block + "mlp.c_proj.weight"].T + w[block + "mlp.c_proj.bias"]
        if keep is not None:
            keep.append((p, z))
    return norm(x[:, 0], w, "visual.ln_post") @ w["visual.proj"]


def edited(w, mean, half):
    kept = []
    forward(w, kept)
    take = (lambda t: t[:, 0].mean(0)) if mean == "class" else (lambda t: t.mean((0, 1)))
    out = dict(w)
    for layer in range(LAYERS):
        p, z = map(take, kept[layer])
        block = f"visual.transformer.resblocks.{layer}."
        weight, bias = w[block + "mlp.c_proj.weight"].copy(), w[block + "mlp.c_proj.bias"].copy()
        factors = {n: 0.0 for l, n in NEURONS if l == layer} | {n: f for (l, n), f in SCALED.items() if l == layer}
        for n, factor in factors.items():
            bias += (1 - factor) * p[n] * w[block + "mlp.c_proj.weight"][:, n]
            weight[:, n] *= factor
        out[block + "mlp.c_proj.weight"], out[block + "mlp.c_proj.bias"] = weight, bias
        weight, bias = w[block + "attn.out_proj.weight"].copy(), w[block + "attn.out_proj.bias"].copy()
        size = WIDTH // HEAD_COUNT
        for l, h in HEADS:
            if l == layer:
                columns = slice(h * size, (h + 1) * size)
                bias += weight[:, columns] @ z[columns]
                weight[:, columns] = 0
        out[block + "attn.out_proj.weight"], out[block + "attn.out_proj.bias"] = weight, bias
    store = np.float16 if half else np.float32
    for name in out:
        if "c_proj" in name or "out_proj" in name:
            out[name] = out[name].astype(store).astype(np.float64)
    return forward(out)


def main():
    w = load(sys.argv[1])
    rounded = {name: t.astype(np.float16).astype(np.float64) if is_half(name) else t for name, t in w.items()}
    result = {"neurons": [f"{l}:{n}" for l, n in NEURONS], "scaled": [f"{l}:{n}={f}" for (l, n), f in SCALED.items()],
              "heads": [f"{l}:{h}" for l, h in HEADS], "numpy": np.__version__}
    for key, weights, half in (("float32", w, False), ("float16", rounded, True)):
        result[key] = {"before": forward(weights).round(7).tolist(),
                       "class": edited(weights, "class", half).round(7).tolist(), "all": edited(weights, "all", half).round(7).tolist()}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "edit_reference.json"), "w") as file:
        json.dump(result, file)


main()
