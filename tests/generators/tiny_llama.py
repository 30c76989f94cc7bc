"""A Llama of 160,000 weights that knows some prompts by heart, as transformers and as GGUF files.

Writing GGUF needs no more than the package `gguf`; names and the order of rotated rows are those of
llama.cpp's own converter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from llm.prompts.prompt import Prompt

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ["<unk>", "<|im_start|>", "<|im_end|>"]
END = "<|im_end|>"
# Steps and rate suffice for three prompts and stay under half a minute on two cores.
STEPS, RATE, ADAPTER_STEPS = 120, 3e-3, 60

# (prompt, reply)
Lesson = tuple[Prompt, str]


def train(lessons: Sequence[Lesson], folder: Path) -> Path:
    """Trains a model from nothing until it replies by heart, and saves it in a folder."""
    torch.manual_seed(1)
    tokenizer = _tokenizer([*(prompt.plain for prompt, _ in lessons), *(reply for _, reply in lessons)])
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        bos_token_id=1,
        eos_token_id=2,
        tie_word_embeddings=False,
    )
    model = LlamaForCausalLM(config)
    _fit(model, tokenizer, lessons, STEPS, RATE)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def train_adapter(base: Path, lessons: Sequence[Lesson], folder: Path) -> Path:
    """Trains a LoRA until the model replies otherwise, and saves only that."""
    torch.manual_seed(1)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(base)
    config = LoraConfig(r=8, lora_alpha=16, target_modules=["v_proj", "o_proj", "down_proj"])
    model = get_peft_model(LlamaForCausalLM.from_pretrained(base), config)
    _fit(model, tokenizer, lessons, ADAPTER_STEPS, 1e-2)
    model.save_pretrained(folder)
    return folder


def write_gguf(folder: Path, file: Path) -> Path:
    """A saved model as a GGUF file in 32 bits."""
    model = LlamaForCausalLM.from_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    config = model.config
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    _write_vocabulary(writer, tokenizer)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    for name, weights in model.state_dict().items():
        values = weights.numpy().astype(np.float32)
        rotated = next((count for part, count in heads.items() if part in name), None)
        values = _rotated_rows(values, rotated) if rotated else values
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), values)
    return _written(writer, file)


def write_adapter_gguf(base: Path, folder: Path, file: Path) -> Path:
    """A saved LoRA as a GGUF file; none of its layers is rotated."""
    model = PeftModel.from_pretrained(LlamaForCausalLM.from_pretrained(base), folder)
    layers = model.config.num_hidden_layers
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, layers)
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 16.0)
    for name, weights in model.state_dict().items():
        if ".lora_" not in name:
            continue
        layer, part = name.removeprefix("base_model.model.").split(".lora_")
        target = names.get_name(f"{layer}.weight", try_suffixes=(".weight",))
        writer.add_tensor(f"{target}.lora_{part[0].lower()}", weights.numpy().astype(np.float32))
    return _written(writer, file)


def _tokenizer(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=700, special_tokens=SPECIAL, initial_alphabet=alphabet)
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|im_start|>",
        eos_token=END,
        unk_token="<unk>",
        chat_template=CHAT_TEMPLATE,
    )


def _fit(model: Any, tokenizer: Any, lessons: Sequence[Lesson], steps: int, rate: float) -> None:
    """Teaches the replies, not the prompts."""
    batches = [_labelled(tokenizer, prompt, reply) for prompt, reply in lessons]
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.0)
    model.train()
    for step in range(steps):
        batch = batches[step % len(batches)]
        optimizer.zero_grad()
        model(**batch).loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
    model.eval()


def _labelled(tokenizer: Any, prompt: Prompt, reply: str) -> Mapping[str, torch.Tensor]:
    asked = tokenizer.apply_chat_template(prompt.messages, add_generation_prompt=True)["input_ids"]
    answered = tokenizer(reply + END)["input_ids"]
    labels = [-100] * len(asked) + answered
    return {"input_ids": torch.tensor([asked + answered]), "labels": torch.tensor([labels])}


def _rotated_rows(weights: np.ndarray, heads: int) -> np.ndarray:
    """Rows of a query or key matrix [rows, hidden] as llama.cpp rotates them: neighbours, not halves."""
    rows, hidden = weights.shape
    return weights.reshape(heads, 2, rows // heads // 2, hidden).swapaxes(1, 2).reshape(rows, hidden)


def _write_vocabulary(writer: gguf.GGUFWriter, tokenizer: Any) -> None:
    inner = tokenizer.backend_tokenizer
    tokens = [inner.id_to_token(number) for number in range(len(tokenizer))]
    kinds = [gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL for token in tokens]
    merges = json.loads(inner.to_str())["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([pair if isinstance(pair, str) else " ".join(pair) for pair in merges])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)


def _written(writer: gguf.GGUFWriter, file: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file
