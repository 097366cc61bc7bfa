"""Rows of chat messages as a Parquet file, and back; pyarrow is an optional dependency."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from shikomi.errors import UserError


def is_there() -> bool:
    """Whether pyarrow is installed."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return False
    return True


def write(rows: Sequence[dict[str, Any]]) -> bytes:
    """One column, `messages`: a list of {role, content}.

    Raises:
        UserError: pyarrow is not installed.
    """
    if not is_there():
        raise UserError("the parquet format needs pyarrow: pip install 'shikomi[parquet]'")
    import pyarrow as pa
    from pyarrow import parquet

    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    schema = pa.schema([("messages", pa.list_(message))])
    target = BytesIO()
    table = pa.Table.from_pylist(list(rows), schema=schema)
    parquet.write_table(table, target, compression="zstd")
    return target.getvalue()


def read(data: bytes) -> list[dict[str, Any]]:
    """Raises ValueError where it is no Parquet file."""
    from pyarrow import parquet

    found: list[dict[str, Any]] = parquet.read_table(BytesIO(data)).to_pylist()
    return found
