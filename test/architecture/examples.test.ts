// The examples that the documents show and the SDK copies must be what they are examples of, in every contract.
import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { check, exampleOf, type TSchema } from '../../src/base/schema.ts'

const DIALECTS = join(import.meta.dir, '../../src/dialects')

const isSchema = (value: unknown): value is TSchema & { readonly examples?: readonly unknown[] } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

for (const file of [...new Bun.Glob('*/contract*.ts').scanSync(DIALECTS)].toSorted()) {
  const exported: Readonly<Record<string, unknown>> = await import(join(DIALECTS, file))
  describe(file, () => {
    for (const [name, schema] of Object.entries(exported)) {
      if (!isSchema(schema)) continue
      test(`the example of ${name} fits its schema`, () => {
        const examples = schema.examples ?? [exampleOf(schema)]
        expect(examples.length).toBeGreaterThan(0)
        for (const example of examples) {
          expect({ example, fits: check(schema)(example) }).toEqual({ example, fits: true })
        }
      })
    }
  })
}
