-- How the plan had a question asked: JSON of its style, persona and direction; {}: not known.

ALTER TABLE samples ADD COLUMN phrasing TEXT NOT NULL DEFAULT '{}';
