"""Many requests answered at once by PyTorch, where a GPU makes that quicker than llama.cpp."""
