"""The wire's client: everything that talks to a model speaks the OpenAI HTTP API."""
