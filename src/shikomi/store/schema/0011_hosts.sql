-- Who was asked: the endpoint's host, with its port where it names one, or 'embedded'; NULL: not
-- known, as of earlier calls to tuned models and of earlier jobs.
ALTER TABLE calls ADD COLUMN host TEXT;

-- Earlier requests tell it, where their endpoint is an address: 'https://HOST/v1#MODEL'.
UPDATE calls SET host = CASE
  WHEN json_extract(request, '$.endpoint') GLOB 'sha256:*'
    OR json_extract(request, '$.endpoint') GLOB 'hub:*' THEN 'embedded'
  WHEN json_extract(request, '$.endpoint') GLOB 'http*://*/*#*' THEN
    substr(
      substr(json_extract(request, '$.endpoint'),
        instr(json_extract(request, '$.endpoint'), '//') + 2),
      1,
      instr(substr(json_extract(request, '$.endpoint'),
        instr(json_extract(request, '$.endpoint'), '//') + 2), '/') - 1)
END;

DROP INDEX calls_money;
CREATE INDEX calls_money ON calls (
  stage, model, host, status, cost_nanousd, reserved_nanousd,
  input_tokens, cached_tokens, output_tokens);
