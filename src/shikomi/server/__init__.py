"""The wire's other end: OpenAI's HTTP API over local models (`python -m shikomi.server`)."""
