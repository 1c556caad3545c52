// SPDX-License-Identifier: MIT
import OpenAI from 'openai'
import { each, material, play, some } from './transcript.mjs'

const client = new OpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: 'anything' })
const { models, question, system, long_question, image, texts, tool } = material
const messages = [{ role: 'system', content: system }, { role: 'user', content: question }]
const seen = [{
  role: 'user',
  content: [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
  ],
}]

const chat = (request, settings) =>
  client.chat.completions.create({ model: models.chat, messages, max_tokens: 12, seed: 7, ...request }, settings)
const complete = (request) =>
  client.completions.create({ model: models.chat, prompt: question, max_tokens: 12, seed: 7, ...request })
const respond = (request) =>
  client.responses.create({ model: models.chat, input: question, max_output_tokens: 12, ...request })

await play({
  models: async (record) => record((await client.models.list()).data),
  model: async (record) => record(await client.models.retrieve(models.chat)),
  chat: async (record) => record(await chat({})),
  'chat streamed': async (record) => each(await chat({ stream: true }), record),
  'chat streamed with usage': async (record) =>
    each(await chat({ stream: true, stream_options: { include_usage: true } }), record),
  completion: async (record) => record(await complete({})),
  'completion streamed': async (record) => each(await complete({ stream: true }), record),
  response: async (record) => record(await respond({})),
  'response streamed': async (record) => each(await respond({ stream: true }), record),
  tools: async (record) => record(await chat({ tools: [tool] })),
  'tools streamed': async (record) => each(await chat({ tools: [tool], stream: true }), record),
  images: async (record) => record(await chat({ model: models.vision, messages: seen })),
  thinking: async (record) => record(await chat({ model: models.thinking, reasoning_effort: 'high' })),
  'thinking streamed': async (record) =>
    each(await chat({ model: models.thinking, reasoning_effort: 'high', stream: true }), record),
  embeddings: async (record) => record(await client.embeddings.create({ model: models.embed, input: texts })),
  'embeddings as floats': async (record) =>
    record(await client.embeddings.create({ model: models.embed, input: question, encoding_format: 'float' })),
  'missing model': async (record) => record(await chat({ model: models.missing })),
  'missing model streamed': async (record) => each(await chat({ model: models.missing, stream: true }), record),
  'missing model to retrieve': async (record) => record(await client.models.retrieve(models.missing)),
  'no messages': async (record) => record(await chat({ messages: [] })),
  'no chat model': async (record) => record(await chat({ model: models.embed })),
  'aborted stream': async (record) => {
    const stream = await chat({ messages: [{ role: 'user', content: long_question }], max_tokens: 400, stream: true })
    await some(stream, 3, record, () => stream.controller.abort())
  },
  'aborted wait': async (record) => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 200)
    record(await chat({ messages: [{ role: 'user', content: long_question }], max_tokens: 4000 },
                      { signal: controller.signal }))
  },
  'after the aborts': async (record) => record(await chat({})),
})
