-- Facts that get a further turn of generation because the tuned model missed a question that
-- they answer. Rows are only added; those of one round were planned together.

CREATE TABLE aims (
  round INTEGER NOT NULL,
  evaluation TEXT NOT NULL,          -- the fingerprint of the answers
  question_id TEXT NOT NULL,
  fact_id TEXT NOT NULL REFERENCES facts(id),
  turn INTEGER NOT NULL,             -- of the fact: decides style and seed
  PRIMARY KEY (round, question_id, fact_id)
) STRICT, WITHOUT ROWID;
