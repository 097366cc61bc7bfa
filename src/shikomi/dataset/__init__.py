"""Replies -> samples: facts, drafts, filters, splits and the form that trainers take. Pure."""
