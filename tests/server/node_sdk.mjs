// What a program in JavaScript does with the server at OPENAI_BASE_URL: one line of JSON a step.
// Words: the training file, the model that is taught, the embedding model.
import fs from 'node:fs';
import OpenAI, { toFile } from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';

const [path, base, embedder] = process.argv.slice(2);
const client = new OpenAI({ apiKey: 'none', maxRetries: 0 });
const tell = (step, value) => console.log(JSON.stringify({ step, value }));
const wait = () => new Promise((resolve) => setTimeout(resolve, 300));
const ask = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 300 };

async function all(pages) {
  const found = [];
  for await (const each of pages) found.push(each);
  return found;
}

async function train() {
  const file = await client.files.create({ file: fs.createReadStream(path), purpose: 'fine-tune' });
  await client.files.waitForProcessing(file.id);
  const hyperparameters = { n_epochs: 1 };
  let job = await client.fineTuning.jobs.create({
    model: base,
    training_file: file.id,
    method: { type: 'supervised', supervised: { hyperparameters } },
  });
  while (!job.finished_at) {
    await wait();
    job = await client.fineTuning.jobs.retrieve(job.id);
  }
  tell('job', job.status);
  tell('events', (await all(client.fineTuning.jobs.listEvents(job.id, { limit: 2 }))).length > 2);
  const checkpoints = await all(client.fineTuning.jobs.checkpoints.list(job.id));
  tell('checkpoints', checkpoints[0].fine_tuned_model_checkpoint === job.fine_tuned_model);
  return job.fine_tuned_model;
}

async function chat(model) {
  const stream = client.chat.completions.stream({ ...ask, model, max_tokens: 5 });
  let told = '';
  stream.on('content', (delta) => (told += delta));
  tell('stream', (await stream.finalContent()) === told);
  const Sky = z.object({ sky: z.enum(['blue', 'grey']) });
  const parsed = await client.chat.completions.parse({
    ...ask,
    model,
    response_format: zodResponseFormat(Sky, 'sky'),
  });
  tell('parse', Object.keys(parsed.choices[0].message.parsed));
  const look = async ({ sky }) => `It is ${sky}.`;
  const tools = [zodFunction({ name: 'weather', parameters: Sky, function: look })];
  const tool_choice = { type: 'function', function: { name: 'weather' } };
  const runner = client.chat.completions.runTools({ ...ask, model, tools, tool_choice });
  const roles = [];
  runner.on('message', ({ role }) => roles.push(role));
  await runner.done();
  tell('runTools', roles);
}

async function respond(model) {
  const asked = { model, input: 'Hi', max_output_tokens: 5 };
  const stream = client.responses.stream(asked);
  let told = '';
  stream.on('response.output_text.delta', ({ delta }) => (told += delta));
  const first = await stream.finalResponse();
  const more = { input: 'And then?', previous_response_id: first.id };
  const next = await client.responses.create({ ...asked, ...more });
  tell('responses', [told === first.output_text, next.previous_response_id === first.id]);
}

async function batch(model) {
  const url = '/v1/chat/completions';
  const line = { custom_id: '1', method: 'POST', url, body: { ...ask, model, max_tokens: 2 } };
  const content = Buffer.from(JSON.stringify(line) + '\n');
  const file = await client.files.create({
    file: await toFile(content, 'batch.jsonl'),
    purpose: 'batch',
  });
  let made = await client.batches.create({
    input_file_id: file.id,
    endpoint: url,
    completion_window: '24h',
  });
  while (!['completed', 'failed'].includes(made.status)) {
    await wait();
    made = await client.batches.retrieve(made.id);
  }
  const answers = await (await client.files.content(made.output_file_id)).text();
  tell('batch', JSON.parse(answers).custom_id);
}

const model = await train();
await chat(model);
await respond(model);
await batch(model);
const vectors = await client.embeddings.create({ model: embedder, input: ['a', 'b'] });
tell('embeddings', vectors.data.length);
tell('delete', (await client.models.delete(model)).deleted);
const refused = await client.chat.completions.create({ ...ask, model }).catch((error) => error);
tell('error', [refused.constructor.name, refused.code]);
