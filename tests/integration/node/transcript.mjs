// SPDX-License-Identifier: MIT
// Plays cases and prints what each gave: see ../clients/README.md.
import { readFileSync } from 'node:fs'

export const material = JSON.parse(readFileSync(new URL('../clients/material.json', import.meta.url)))

const describe = (error) => ({
  error: error.name === 'Error' ? error.constructor.name : error.name,
  status: error.status ?? error.status_code ?? null,
  message: error.message,
})

/** Runs each case with a function that records an event; an exception is its last event. */
export async function play(cases) {
  for (const [name, run] of Object.entries(cases)) {
    const events = []
    const record = (event) => events.push(event ?? null)
    try {
      await run(record)
    } catch (error) {
      record(describe(error))
    }
    console.log(JSON.stringify({ case: name, events }))
  }
}

/** Records every item of an async iterable. */
export async function each(items, record) {
  for await (const item of items) record(item)
}

/** Records `count` items, then leaves by `leave` and records how the iteration ends. */
export async function some(items, count, record, leave) {
  let seen = 0
  for await (const item of items) {
    if (seen < count) record(item)
    if (++seen === count) leave()
  }
  record({ ended: 'without an error' })
}
