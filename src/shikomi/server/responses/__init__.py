"""The API's newer way to ask a model: /v1/responses, said in the words of chat completions."""
