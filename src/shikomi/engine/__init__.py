"""Local models: their weights, the llama.cpp runtime, the LoRA trainer."""
