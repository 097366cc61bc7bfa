"""Documents as values: bytes to text, text to Markdown, Markdown to sections. No file access."""
