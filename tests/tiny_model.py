"""A model of two small layers with random weights: it knows nothing, and it is fast.

Tokenizer and chat template are those of the 135M model.
"""

from pathlib import Path

import numpy as np
from gguf import GGUFReader, GGUFValueType, GGUFWriter

# New lines as strings: templates are rendered with the one behind each block taken off.
TOOLS_TEMPLATE = r"""{%- if tools %}{{ '<|im_start|>system\nTools:' }}
{%- for tool in tools %}{{ '\n' }}{{ tool | tojson }}{% endfor %}
{{- '\nCall one as <tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n' }}
{{- '</tool_call><|im_end|>\n' }}{% endif %}
{%- for message in messages %}{{ '<|im_start|>' + message.role + '\n' }}
{%- if message.tool_calls %}{% for call in message.tool_calls %}
{{- '<tool_call>\n{"name": "' + call.function.name + '", "arguments": ' }}
{{- call.function.arguments | tojson }}{{ '}\n</tool_call>' }}{% endfor %}
{%- else %}{{ message.content }}{% endif %}{{ '<|im_end|>\n' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""

WIDTH, LAYERS, HEADS, KEY_HEADS, INNER = 64, 2, 4, 2, 128


def write_tiny_model(source: Path, target: Path, *, template: str | None = None) -> Path:
    """Write `target`, a llama of a few million parameters with the tokenizer of `source`.

    `template` takes the place of its chat template.
    """
    reader = GGUFReader(str(source))
    writer = GGUFWriter(str(target), "llama")
    writer.add_block_count(LAYERS)
    writer.add_context_length(2048)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(0)
    n_tokens = _copy_tokenizer(reader, writer, template)
    writer.add_vocab_size(n_tokens)
    for name, tensor in _weights(n_tokens):
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def _copy_tokenizer(reader: GGUFReader, writer: GGUFWriter, template: str | None) -> int:
    n_tokens = 0
    for field in reader.fields.values():
        if not field.name.startswith("tokenizer."):
            continue
        value = field.contents()
        if field.name == "tokenizer.chat_template" and template is not None:
            value = template
        if field.types[0] is GGUFValueType.ARRAY:
            writer.add_array(field.name, value)
            n_tokens = len(value) if field.name.endswith("ggml.tokens") else n_tokens
        else:
            writer.add_key_value(field.name, value, field.types[0])
    return n_tokens


def _weights(n_tokens: int):
    chance = np.random.default_rng(1)

    def matrix(*shape: int):
        return chance.normal(0, 0.05, shape).astype(np.float32)

    ones = np.ones(WIDTH, dtype=np.float32)
    yield "token_embd.weight", matrix(n_tokens, WIDTH)
    yield "output_norm.weight", ones
    for n in range(LAYERS):
        yield f"blk.{n}.attn_norm.weight", ones
        yield f"blk.{n}.ffn_norm.weight", ones
        for part in ("attn_q", "attn_output"):
            yield f"blk.{n}.{part}.weight", matrix(WIDTH, WIDTH)
        for part in ("attn_k", "attn_v"):
            yield f"blk.{n}.{part}.weight", matrix(WIDTH * KEY_HEADS // HEADS, WIDTH)
        yield f"blk.{n}.ffn_gate.weight", matrix(INNER, WIDTH)
        yield f"blk.{n}.ffn_up.weight", matrix(INNER, WIDTH)
        yield f"blk.{n}.ffn_down.weight", matrix(WIDTH, INNER)
