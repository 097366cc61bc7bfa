"""The models of a project: what each role's table of shikomi.toml may say, and those of further
arms and judges."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shikomi.types import ArmContext

Positive = Annotated[int, Field(ge=1)]
Dollars = Annotated[float, Field(ge=0)]


def _variable(name: str) -> str:
    """Never repeats what it refuses: that may be a key."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("is the name of an environment variable that holds the key, not the key")
    return name


def _address(url: str) -> str:
    """Never repeats what it refuses: that may hold a password."""
    if not _is_address(url):
        raise ValueError("write it like https://host/v1, with http or https")
    return url


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, or half of an IPv6 address
        return False


class Part(BaseModel):
    """A table of shikomi.toml: a key that it does not know is an error, and so is infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PriceTable(Part):
    """Dollars a million tokens, in batches `batch_input` and `batch_output`. `training` is what
    the host charges for a token trained on once; a tuned model that costs otherwise than its base
    has `tuned_input` and `tuned_output`."""

    input: Dollars
    output: Dollars
    batch_input: Dollars | None = None
    batch_output: Dollars | None = None
    training: Dollars | None = None
    tuned_input: Dollars | None = None
    tuned_output: Dollars | None = None


class ModelRole(Part):
    """A model on a wire. Without `base_url` it is embedded: a catalogue name, a local path,
    or OWNER/MODEL of the Hugging Face hub."""

    model: str = "qwen2.5-coder-1.5b-instruct"
    base_url: Annotated[str, AfterValidator(_address)] | None = None
    api_key_env: Annotated[str, AfterValidator(_variable)] | None = None
    price: PriceTable | None = None
    concurrency: Positive = 8
    timeout_seconds: Annotated[float, Field(gt=0)] = 600.0

    @property
    def is_hosted(self) -> bool:
        """Whether it is asked at an endpoint, and not embedded."""
        return self.base_url is not None

    @property
    def is_batched(self) -> bool:
        """Whether what can wait is asked by the Batch API."""
        return False


class ChatRole(ModelRole):
    """A model that talks. With `temperature` false none is sent."""

    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True


class PatientRole(ChatRole):
    """A role much of whose work can wait for a day: with `batch` pairs and their checks go by the
    Batch API."""

    batch: bool = False

    @property
    def is_batched(self) -> bool:
        return self.batch


class EmbeddingsRole(ModelRole):
    """Without a `model` there are no embeddings; an embedded one is `server.embeddings`."""

    model: str = ""


class FurtherArm(ChatRole):
    """Another model that is asked the held-out questions, as itself, with what search finds
    (`retrieved`) or with the sections that a question is about (`oracle`)."""

    name: Annotated[str, Field(pattern=r"^[^\s#](?:.*\S)?$", max_length=60)]
    model: str
    context: ArmContext = "none"


class FurtherJudge(ChatRole):
    """Another model that grades the answers that the judge does."""

    name: Annotated[str, Field(pattern=r"^[^\s#](?:.*\S)?$", max_length=60)]
    model: str


class Models(Part):
    generator: PatientRole = PatientRole()
    judge: PatientRole = PatientRole()
    student: ChatRole = ChatRole()
    embeddings: EmbeddingsRole = EmbeddingsRole()
