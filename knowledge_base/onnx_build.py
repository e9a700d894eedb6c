"""Make the quantised form of a sentence-transformers model: `python -m knowledge_base.onnx_build FOLDER FILE`.

It runs in a process of its own, because it needs torch, which a serving process then never loads. Takes about ten
seconds and 700 MB once; the file (22 MB for MiniLM) is kept.
"""

import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

OUTPUTS = ("vector", "form")
_EXAMPLE = "hello world again"  # only its shape matters
_LONGEST = 128  # tokens
FORM_LAYER = 4  # of six: the later ones turn what a sentence says into what it means


def build(folder: Path, target: Path) -> None:
    """Export the model in `folder`, quantise its weights to int8 per channel, and put the whole file in place."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        exported, quantised = Path(scratch) / "model.onnx", Path(scratch) / "int8.onnx"
        _export(folder, exported)
        # Per channel: one scale for a whole matrix costs .02 of cosine and half a point of accuracy, this nothing.
        quantize_dynamic(exported, quantised, weight_type=QuantType.QInt8, per_channel=True)
        quantised.replace(target)


def _export(folder: Path, target: Path) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    class Sentence(torch.nn.Module):
        """Mean of the token vectors, scaled to length 1, as the model's own pooling says: of the last layer the
        vector, of a middle one the form."""

        def __init__(self, transformer: Any) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            layers = self.transformer(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=torch.zeros_like(input_ids),
                output_hidden_states=True,
            ).hidden_states  # fmt: skip
            mask = attention_mask.unsqueeze(-1).to(torch.float32)
            last, middle = ((layer * mask).sum(1) / mask.sum(1) for layer in (layers[-1], layers[FORM_LAYER]))
            return torch.nn.functional.normalize(last, dim=1), torch.nn.functional.normalize(middle, dim=1)

    tokenizer = AutoTokenizer.from_pretrained(folder)
    # eval(): the exporter restores the mode it finds, and in training mode dropout would come along.
    sentence = Sentence(AutoModel.from_pretrained(folder, attn_implementation="eager").eval()).eval()
    example = tokenizer(_EXAMPLE, return_tensors="pt", truncation=True, max_length=_LONGEST)
    axes = {name: {0: "batch", 1: "tokens"} for name in ("input_ids", "attention_mask")}
    axes |= {name: {0: "batch"} for name in OUTPUTS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no further packages calls itself old
        torch.onnx.export(
            sentence, (example["input_ids"], example["attention_mask"]), str(target), dynamo=False, opset_version=17,
            input_names=["input_ids", "attention_mask"], output_names=list(OUTPUTS), dynamic_axes=axes,
        )  # fmt: skip


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
