"""From answers to a believable report: matching, verdicts, statistics, HTML. Pure."""
