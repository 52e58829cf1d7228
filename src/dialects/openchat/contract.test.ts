// The examples that the document shows and the SDK copies must be what they are examples of.
import { expect, test } from 'bun:test'
import { check, exampleOf, type TSchema } from '../../base/schema.ts'
import * as capabilities from './contract.capabilities.ts'
import * as live from './contract.live.ts'
import * as requests from './contract.requests.ts'
import * as contract from './contract.ts'

const isSchema = (value: unknown): value is TSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

for (const [file, schemas] of Object.entries({ contract, capabilities, live, requests })) {
  for (const [name, schema] of Object.entries(schemas)) {
    if (!isSchema(schema)) continue
    test(`the example of ${file} ${name} fits its schema`, () => {
      const example = exampleOf(schema)
      expect({ example, fits: check(schema)(example) }).toEqual({ example, fits: true })
    })
  }
}
