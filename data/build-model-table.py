#!/usr/bin/env python3
"""Writes data/open-clip-models.tsv: the names and tags of open_clip, where their weights are, and what image tower they have.

Reads an installed open_clip (or its source: the folder that holds pretrained.py) without importing torch:
    pip install --no-deps open_clip_torch && python3 data/build-model-table.py
    python3 data/build-model-table.py --source open_clip/src/open_clip [--check] [--configs]
--check writes nothing and says what differs from the table that is there. --configs writes the architectures' settings, which the tests
read as the loader would (tests/ClipLens.Tests/Models/Hub/open-clip-configs.json).
"""
import argparse
import importlib.util
import json
import os
import sys
import types

TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "open-clip-models.tsv")
CONFIGS = os.path.join(os.path.dirname(TARGET), "..", "tests", "ClipLens.Tests", "Models", "Hub", "open-clip-configs.json")
COLUMNS = ["name", "tag", "repository", "family", "pixels", "patch", "width", "layers", "quick_gelu"]

# Width, layers and patch of timm's towers, by how their names begin; timm's own code says them, open_clip's configs do not.
TIMM_TOWERS = {
    "vit_base_patch16_siglip": (768, 12, 16), "vit_base_patch32_siglip": (768, 12, 32), "vit_large_patch16_siglip": (1024, 24, 16),
    "vit_so400m_patch14_siglip": (1152, 27, 14), "vit_so400m_patch16_siglip": (1152, 27, 16),
    "vit_giantopt_patch16_siglip": (1536, 40, 16), "naflexvit_base_patch16_siglip": (768, 12, 16),
    "naflexvit_so400m_patch16_siglip": (1152, 27, 16), "eva_giant_patch14": (1408, 40, 14),
    "eva02_base_patch16_clip": (768, 12, 16), "eva02_large_patch14_clip": (1024, 24, 14), "eva02_enormous_patch14_clip": (1792, 64, 14),
    "vit_pe_core_tiny_patch16": (192, 12, 16), "vit_pe_core_small_patch16": (384, 12, 16), "vit_pe_core_base_patch16": (768, 12, 16),
    "vit_pe_core_large_patch14": (1024, 24, 14), "vit_pe_core_gigantic_patch14": (1536, 50, 14),
    "vit_base_mci": (768, 12, 16), "vit_large_patch14_clip": (1024, 24, 14),
}

# Families by how a timm tower's name begins; the first that fits.
TIMM_FAMILIES = [
    ("naflexvit", "NaFlex"), ("eva02", "EVA-02"), ("eva", "EVA-01"), ("vit_pe_core", "PE-Core"), ("vit_base_mci", "MobileCLIP-B"),
    ("fastvit", "MobileCLIP-S"), ("vitamin", "ViTamin"), ("convnext", "ConvNeXt"), ("vit_large_patch14_clip", "MobileCLIP2-L"),
]


def family(name, config):
    vision, text = config.get("vision_cfg"), config.get("text_cfg", {})
    if vision is None:
        return "CLAP"
    timm = vision.get("timm_model_name", "")
    if "nllb" in text.get("hf_model_name", "") or name.startswith("nllb"):
        return "NLLB-CLIP"
    if "roberta" in text.get("hf_model_name", ""):
        return "RoBERTa-CLIP"
    if "siglip" in timm and not timm.startswith("naflexvit"):
        return "SigLIP 2" if "SigLIP2" in name else "SigLIP"
    for start, known in TIMM_FAMILIES:
        if timm.startswith(start):
            return known
    if timm:
        sys.exit(f"{name} has the tower {timm}, of which this script knows no family; add it.")
    if isinstance(vision["layers"], list):
        return "ResNet"
    if "multimodal_cfg" in config:
        return "CoCa"
    if "CLIPA" in name:
        return "CLIPA"
    return "MetaCLIP 2" if "worldwide" in name else "CLIP"


def tower(config):
    vision = config.get("vision_cfg", {})
    timm = vision.get("timm_model_name")
    if timm:
        found = [sizes for start, sizes in TIMM_TOWERS.items() if timm.startswith(start)]
        width, layers, patch = found[0] if found else ("", "", "")
    else:
        width, layers, patch = vision.get("width", ""), vision.get("layers", ""), vision.get("patch_size", "")
        if isinstance(layers, list):
            width, layers, patch = "", "", ""
    return [vision.get("image_size", ""), patch, width, layers]


def load(source):
    """pretrained.py alone, under an empty package, so that neither torch nor tqdm needs to be there."""
    for name, path in (("open_clip", [source]), ("tqdm", None)):
        module = sys.modules[name] = types.ModuleType(name)
        module.__path__ = path or []
    sys.modules["tqdm"].tqdm = None
    import open_clip.pretrained as pretrained
    import open_clip.version as version
    configs = {}
    for file in os.listdir(os.path.join(source, "model_configs")):
        with open(os.path.join(source, "model_configs", file), encoding="utf-8") as opened:
            configs[file[:-len(".json")]] = json.load(opened)
    return pretrained._PRETRAINED, configs, version.__version__


def table(source):
    known, configs, version = load(source)
    lines = [f"# names and tags of open_clip {version}, written by build-model-table.py", "\t".join(COLUMNS)]
    for name, tags in known.items():
        config = configs.get(name) or configs[name.removesuffix("-quickgelu")]
        for tag, facts in tags.items():
            row = [name, tag, facts["hf_hub"].rstrip("/"), family(name, config), *tower(config),
                   "yes" if facts.get("quick_gelu") else ""]
            lines.append("\t".join(str(cell) for cell in row))
    return "\n".join(lines) + "\n"


def write_configs(source):
    """One line an architecture, as a repository's open_clip_config.json has it."""
    known, configs, _ = load(source)
    lines = [f"{json.dumps(name)}: {json.dumps(configs[name], separators=(',', ':'))}" for name in known if name in configs]
    with open(CONFIGS, "w", encoding="utf-8", newline="\n") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(lines)} architectures")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--source", help="folder with pretrained.py; that of the installed package if left out")
    arguments.add_argument("--check", action="store_true", help="write nothing, say what differs")
    arguments.add_argument("--configs", action="store_true", help="write the architectures' settings for the tests instead")
    given = arguments.parse_args()
    source = given.source or os.path.dirname(importlib.util.find_spec("open_clip").origin)
    if given.configs:
        write_configs(os.path.abspath(source))
        return
    made = table(os.path.abspath(source))
    if not given.check:
        with open(TARGET, "w", encoding="utf-8", newline="\n") as file:
            file.write(made)
        print(f"{made.count(chr(10)) - 2} names and tags")
        return
    with open(TARGET, encoding="utf-8") as file:
        there, new = set(file.read().splitlines()[1:]), set(made.splitlines()[1:])
    for sign, rows in (("-", there - new), ("+", new - there)):
        for row in sorted(rows):
            print(sign, row)
    sys.exit(0 if there == new else 1)


if __name__ == "__main__":
    main()
