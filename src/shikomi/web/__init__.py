"""The review page: a person's decisions on pairs, made in a browser."""
