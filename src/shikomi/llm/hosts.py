"""What hosts of the fine-tuning API want otherwise than OpenAI: data, no code of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """`domains` are the ends of its addresses. `bom`: files begin with UTF-8's byte order mark.

    `older_form` sends hyperparameters at the top level of a job; `taken` are those of ours that it
    has, each with the greatest number where one is told (None: not known which it has), `renamed`
    their names there, and `more_hyperparameters` and `more_body` are sent with every job.
    """

    name: str
    domains: tuple[str, ...]
    bom: bool = False
    max_suffix: int = 64
    older_form: bool = False
    taken: Mapping[str, int | None] | None = field(default=None, hash=False)
    renamed: Mapping[str, str] = field(default_factory=_nothing, hash=False)
    more_hyperparameters: Mapping[str, Any] = field(default_factory=_nothing, hash=False)
    more_body: Mapping[str, Any] = field(default_factory=_nothing, hash=False)


# Source: each host's reference of "create a fine-tuning job". Where a rate is a multiple of one
# that the host keeps to itself (OpenAI, Azure), ours, which is absolute, has no place.
OPENAI = Host(
    name="OpenAI",
    domains=("api.openai.com",),
    taken=MappingProxyType({"n_epochs": 50, "batch_size": 256}),
)
AZURE = Host(
    name="Azure",
    domains=("openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com"),
    bom=True,
    max_suffix=18,
    taken=MappingProxyType({"n_epochs": None, "batch_size": None}),
    more_body=MappingProxyType({"trainingType": "GlobalStandard"}),
)
NEBIUS = Host(
    name="Nebius",
    domains=("nebius.com", "nebius.ai"),
    older_form=True,
    taken=MappingProxyType(
        dict.fromkeys(
            ("n_epochs", "batch_size", "learning_rate", "lora_rank", "lora_alpha", "max_length")
        )
    ),
    renamed=MappingProxyType({"lora_rank": "lora_r", "max_length": "context_length"}),
    more_hyperparameters=MappingProxyType({"lora": True}),
)
ANY = Host(name="the endpoint", domains=())
HOSTS = (OPENAI, AZURE, NEBIUS)


def host_of(base_url: str) -> Host:
    """By the address; `ANY` for a server that is none of them, such as our own."""
    name = urlsplit(base_url).hostname or ""
    for host in HOSTS:
        if any(name == domain or name.endswith("." + domain) for domain in host.domains):
            return host
    return ANY


def refused(host: Host, hyperparameters: Mapping[str, Any]) -> str | None:
    """Why the host would take no job with these; None where nothing is known against them."""
    if host.taken is None:
        return None
    for name, value in hyperparameters.items():
        if name not in host.taken:
            known = ", ".join(host.taken)
            return f"{host.name} takes no finetune.{name}, only {known}: take it out"
        most = host.taken[name]
        if most is not None and value > most:
            return f"{host.name} takes a finetune.{name} of up to {most}: lower it ({value})"
    return None


def job_body(host: Host, hyperparameters: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a job's body that differs from host to host."""
    named = {host.renamed.get(name, name): value for name, value in hyperparameters.items()}
    named |= host.more_hyperparameters
    if host.older_form:
        return {"hyperparameters": named, **host.more_body}
    method = {"type": "supervised", "supervised": {"hyperparameters": named}}
    return {"method": method, **host.more_body}
