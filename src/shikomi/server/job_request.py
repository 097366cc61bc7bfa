"""The body of "create a fine-tuning job": both forms of hyperparameters, and our extensions."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from shikomi.server.edge import Edge, Metadata, parsed
from shikomi.server.errors import invalid

# tagged, so that a wrong number is told as a wrong number and not as "should be 'auto'"
_Auto = Annotated[Literal["auto"], Tag("auto")]
_NUMBER = Tag("number")
_CHOICE = Discriminator(lambda value: "auto" if isinstance(value, str) else "number")
_AutoFloat = Annotated[_Auto | Annotated[float, Field(gt=0, allow_inf_nan=False), _NUMBER], _CHOICE]


MethodName = Literal["supervised", "dpo"]


class RequestedHyperparameters(Edge):
    """Numbers, or "auto" for the default of the model's size.

    The API's own: n_epochs, batch_size, learning_rate_multiplier (1 is the default rate).
    Ours: learning_rate (absolute; the multiplier then does not count), lora_rank, lora_alpha,
    n_layers (LoRA on the last n layers only), max_length (tokens of the longest example).
    """

    n_epochs: Annotated[_Auto | Annotated[int, Field(ge=1, le=50), _NUMBER], _CHOICE] = "auto"
    batch_size: Annotated[_Auto | Annotated[int, Field(ge=1, le=256), _NUMBER], _CHOICE] = "auto"
    learning_rate_multiplier: _AutoFloat = "auto"
    learning_rate: _AutoFloat = "auto"
    lora_rank: Annotated[_Auto | Annotated[int, Field(ge=1, le=512), _NUMBER], _CHOICE] = "auto"
    lora_alpha: _AutoFloat = "auto"
    n_layers: Annotated[_Auto | Annotated[int, Field(ge=1), _NUMBER], _CHOICE] = "auto"
    max_length: Annotated[_Auto | Annotated[int, Field(ge=8), _NUMBER], _CHOICE] = "auto"


class PreferenceHyperparameters(RequestedHyperparameters):
    """`beta` weighs the distance to the base model: a larger one stays nearer to it."""

    beta: Annotated[
        _Auto | Annotated[float, Field(gt=0, le=2, allow_inf_nan=False), _NUMBER], _CHOICE
    ] = "auto"


class _Supervised(Edge):
    hyperparameters: RequestedHyperparameters | None = None


class _Preference(Edge):
    hyperparameters: PreferenceHyperparameters | None = None


class _Method(Edge):
    type: MethodName = "supervised"
    supervised: _Supervised | None = None
    dpo: _Preference | None = None

    @model_validator(mode="after")
    def _only_its_own_settings(self) -> "_Method":
        other = self.dpo if self.type == "supervised" else self.supervised
        if other is not None:
            raise ValueError("the settings must be those of its type")
        return self


class JobRequest(Edge):
    """The parameters this server has."""

    model: str
    training_file: str
    validation_file: str | None = None
    method: _Method | None = None
    hyperparameters: RequestedHyperparameters | None = None
    suffix: str | None = Field(
        default=None, min_length=1, max_length=64, pattern="^[A-Za-z0-9._-]+$"
    )
    seed: int | None = Field(default=None, ge=0, le=2**31 - 1)
    metadata: Metadata | None = None
    integrations: list[Any] | None = None
    training_type: str | None = Field(default=None, alias="trainingType")  # where Azure trains it

    @model_validator(mode="after")
    def _says_hyperparameters_once(self) -> "JobRequest":
        nested = (self.method.supervised or self.method.dpo) if self.method else None
        if self.hyperparameters is not None and nested is not None and nested.hyperparameters:
            raise ValueError("give 'hyperparameters' under 'method' or at the top level, not both")
        return self

    @property
    def method_name(self) -> MethodName:
        return self.method.type if self.method else "supervised"

    def wanted(self) -> RequestedHyperparameters:
        """The hyperparameters of whichever form was used."""
        if self.method_name == "dpo":
            return self._preference()
        nested = self.method.supervised if self.method else None
        inner = nested.hyperparameters if nested else None
        return inner or self.hyperparameters or RequestedHyperparameters()

    def _preference(self) -> PreferenceHyperparameters:
        nested = self.method.dpo if self.method else None
        if nested is not None and nested.hyperparameters is not None:
            return nested.hyperparameters
        older = self.hyperparameters.model_dump() if self.hyperparameters else {}
        return PreferenceHyperparameters.model_validate(older)


def parse_job(body: Any) -> JobRequest:
    """Raises: ApiError 400 that names the parameter."""
    method = body.get("method") if isinstance(body, dict) else None
    if isinstance(method, dict) and method.get("type") == "reinforcement":
        raise invalid(
            "The methods 'supervised' and 'dpo' can be trained here.",
            param="method.type",
            code="unsupported_method",
        )
    job = parsed(JobRequest, body)
    if job.integrations:
        text = "This server reports to no other service: leave 'integrations' out."
        raise invalid(text, param="integrations", code="unsupported_parameter")
    return job


def requested_hyperparameters(method: MethodName, text: str) -> RequestedHyperparameters:
    """What `wanted` gave, from its JSON."""
    kind = PreferenceHyperparameters if method == "dpo" else RequestedHyperparameters
    return kind.model_validate_json(text)
