// SPDX-License-Identifier: MIT
import { Ollama } from 'ollama'
import { each, material, play, some } from './transcript.mjs'

const ollama = new Ollama({ host: process.argv[2] })
const { models, options, long_options, question, system, long_question, image, texts, schema, tool } = material
const messages = [{ role: 'system', content: system }, { role: 'user', content: question }]
const seen = [{ role: 'user', content: 'What is this?', images: [image] }]

const chat = (request) => ollama.chat({ model: models.chat, messages, options, ...request })
const generate = (request) => ollama.generate({ model: models.chat, prompt: question, options, ...request })

await play({
  list: async (record) => record(await ollama.list()),
  show: async (record) => record(await ollama.show({ model: models.chat })),
  version: async (record) => record(await ollama.version()),
  chat: async (record) => record(await chat({})),
  ps: async (record) => record(await ollama.ps()),
  'chat streamed': async (record) => each(await chat({ stream: true }), record),
  generate: async (record) => record(await generate({ system })),
  'generate streamed': async (record) => each(await generate({ stream: true }), record),
  'generate by a schema': async (record) => record(await generate({ format: schema })),
  tools: async (record) => record(await chat({ tools: [tool] })),
  'tools streamed': async (record) => each(await chat({ tools: [tool], stream: true }), record),
  images: async (record) => record(await chat({ model: models.vision, messages: seen })),
  'images streamed': async (record) => each(await chat({ model: models.vision, messages: seen, stream: true }), record),
  thinking: async (record) => record(await chat({ model: models.thinking, think: true })),
  'thinking streamed': async (record) => each(await chat({ model: models.thinking, think: true, stream: true }), record),
  embed: async (record) => record(await ollama.embed({ model: models.embed, input: texts })),
  embeddings: async (record) => record(await ollama.embeddings({ model: models.embed, prompt: question })),
  'missing model': async (record) => record(await chat({ model: models.missing })),
  'missing model streamed': async (record) => each(await chat({ model: models.missing, stream: true }), record),
  'missing model to embed': async (record) => record(await ollama.embed({ model: models.missing, input: question })),
  'missing model to show': async (record) => record(await ollama.show({ model: models.missing })),
  'bad request': async (record) => record(await chat({ options: { num_ctx: 'many' } })),
  'bad keep_alive': async (record) => record(await chat({ keep_alive: 'soon' })),
  'no chat model': async (record) => record(await chat({ model: models.embed })),
  'aborted stream': async (record) => {
    const stream = await chat({ messages: [{ role: 'user', content: long_question }], options: long_options, stream: true })
    await some(stream, 3, record, () => stream.abort())
  },
  'after the abort': async (record) => record(await chat({})),
  copy: async (record) => record(await ollama.copy({ source: models.chat, destination: 'copied:js' })),
  delete: async (record) => record(await ollama.delete({ model: 'copied:js' })),
  'delete what is gone': async (record) => record(await ollama.delete({ model: 'copied:js' })),
  unload: async (record) => record(await chat({ messages: [], keep_alive: 0 })),
})
