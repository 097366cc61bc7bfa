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

    `older_form` sends hyperparameters at the top level of a job; `renamed` are their names there,
    and `more_hyperparameters` and `more_body` are sent with every job.
    """

    name: str
    domains: tuple[str, ...]
    bom: bool = False
    max_suffix: int = 64
    older_form: bool = False
    renamed: Mapping[str, str] = field(default_factory=_nothing, hash=False)
    more_hyperparameters: Mapping[str, Any] = field(default_factory=_nothing, hash=False)
    more_body: Mapping[str, Any] = field(default_factory=_nothing, hash=False)


OPENAI = Host(name="OpenAI", domains=("api.openai.com",))
AZURE = Host(
    name="Azure",
    domains=("openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com"),
    bom=True,
    max_suffix=18,
    more_body=MappingProxyType({"trainingType": "GlobalStandard"}),
)
NEBIUS = Host(
    name="Nebius",
    domains=("nebius.com", "nebius.ai"),
    older_form=True,
    renamed=MappingProxyType({"lora_rank": "lora_r"}),
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


def job_body(host: Host, hyperparameters: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a job's body that differs from host to host."""
    named = {host.renamed.get(name, name): value for name, value in hyperparameters.items()}
    named |= host.more_hyperparameters
    if host.older_form:
        return {"hyperparameters": named, **host.more_body}
    method = {"type": "supervised", "supervised": {"hyperparameters": named}}
    return {"method": method, **host.more_body}
