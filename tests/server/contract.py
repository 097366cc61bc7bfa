"""What the API's published description says of its objects, and how a body is held against it.

The SDK's classes are made from that description: they know each field's name and type. As they
serve readers, they let a field be away that the description requires with or without a value
(REQUIRED), and take fields that it has not; ours that it has not are in OURS.
"""

from collections.abc import Iterator
from typing import Any

from openai.types import (
    Batch,
    CreateEmbeddingResponse,
    FileDeleted,
    FileObject,
    Model,
    ModelDeleted,
)
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
from openai.types.chat import chat_completion as whole
from openai.types.chat import chat_completion_chunk as streamed
from openai.types.chat.chat_completion_token_logprob import ChatCompletionTokenLogprob, TopLogprob
from openai.types.completion_usage import CompletionUsage
from openai.types.fine_tuning import (
    DpoHyperparameters,
    FineTuningJob,
    FineTuningJobEvent,
    SupervisedHyperparameters,
)
from openai.types.fine_tuning.fine_tuning_job import Error, Hyperparameters
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint
from openai.types.fine_tuning.jobs.fine_tuning_job_checkpoint import Metrics
from openai.types.responses import (
    FunctionTool,
    Response,
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)
from openai.types.shared import ErrorObject
from pydantic import BaseModel

_LORA = {"learning_rate", "lora_rank", "lora_alpha", "n_layers", "max_length"}
OURS: dict[type[BaseModel], set[str]] = {
    Model: {"root", "identity"},
    FineTuningJob: {"user_provided_suffix"},
    Hyperparameters: _LORA | {"beta"},
    SupervisedHyperparameters: _LORA,
    DpoHyperparameters: _LORA,
    Metrics: {"train_reward_accuracy"},
    ChatCompletion: {"shikomi"},
    ChatCompletionChunk: {"shikomi"},
    Response: {"shikomi"},
}
_LOGPROBS = {"content", "refusal"}
REQUIRED: dict[type[BaseModel], set[str]] = {
    FineTuningJob: {
        *("id", "object", "created_at", "error", "finished_at", "fine_tuned_model"),
        *("hyperparameters", "model", "organization_id", "result_files", "status"),
        *("trained_tokens", "training_file", "validation_file", "seed"),
    },
    Error: {"code", "message", "param"},
    FineTuningJobEvent: {"id", "object", "created_at", "level", "message"},
    FineTuningJobCheckpoint: {
        *("id", "object", "created_at", "fine_tuning_job_id", "fine_tuned_model_checkpoint"),
        *("metrics", "step_number"),
    },
    FileObject: {"id", "object", "bytes", "created_at", "filename", "purpose", "status"},
    FileDeleted: {"id", "object", "deleted"},
    Model: {"id", "object", "created", "owned_by"},
    ModelDeleted: {"id", "object", "deleted"},
    Batch: {
        *("id", "object", "endpoint", "input_file_id", "completion_window", "status"),
        "created_at",
    },
    ChatCompletion: {"id", "object", "created", "model", "choices"},
    whole.Choice: {"index", "message", "finish_reason", "logprobs"},
    ChatCompletionMessage: {"role", "content", "refusal"},
    whole.ChoiceLogprobs: _LOGPROBS,
    ChatCompletionTokenLogprob: {"token", "logprob", "bytes", "top_logprobs"},
    TopLogprob: {"token", "logprob", "bytes"},
    ChatCompletionChunk: {"id", "object", "created", "model", "choices"},
    streamed.Choice: {"index", "delta", "finish_reason"},
    streamed.ChoiceLogprobs: _LOGPROBS,
    CompletionUsage: {"prompt_tokens", "completion_tokens", "total_tokens"},
    CreateEmbeddingResponse: {"object", "model", "data", "usage"},
    ErrorObject: {"message", "type", "param", "code"},
    Response: {
        *("id", "object", "created_at", "error", "incomplete_details", "instructions", "metadata"),
        *("model", "output", "parallel_tool_calls", "temperature", "tool_choice", "tools", "top_p"),
        *("status", "usage"),
    },
    FunctionTool: {"type", "name", "strict", "parameters"},
    ResponseFunctionToolCall: {"type", "call_id", "name", "arguments", "id", "status"},
    ResponseOutputMessage: {"id", "type", "role", "content", "status"},
    ResponseOutputText: {"type", "text", "annotations", "logprobs"},
}
LIST = {"object", "data", "has_more"}  # files and batches also say first_id and last_id


def deviations(kind: type[BaseModel], body: Any) -> list[str]:
    """Where a body is not as the description says: [] for one that is. Raises: ValidationError
    where a value is of another type than described, or a required one is missing."""
    return list(_deviations(kind.model_validate(body, strict=True), kind.__name__))


def _deviations(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _deviations(each, where)
    if not isinstance(value, BaseModel):
        return
    kind = type(value)
    for name in sorted(set(value.model_extra or ()) - OURS.get(kind, set())):
        yield f"{where}.{name} is not in the description"
    for name in sorted(REQUIRED.get(kind, set()) - value.model_fields_set):
        yield f"{where}.{name} is missing"
    for name in value.model_fields_set & type(value).model_fields.keys():
        yield from _deviations(getattr(value, name), f"{where}.{name}")
