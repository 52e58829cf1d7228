// AsyncAPI's own schema, to hold documents to.
import asyncApiSchema from '@asyncapi/specs/schemas/3.0.0.json' with { type: 'json' }
import { Ajv, type AnySchema } from 'ajv'

// The schema brings JSON Schema's own along, under the id that the validator knows already.
const options = { strict: false, validateFormats: false, meta: false, validateSchema: false } as const
const fits = new Ajv(options).compile(asyncApiSchema as AnySchema)

/** What is wrong with a document; nothing when it is AsyncAPI 3.0.0. */
export const faultsOf = (document: unknown): readonly string[] =>
  fits(document) ? [] : (fits.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)

/** Judges payloads by what a document says of its messages, references followed. Answers what is wrong with one. */
export const payloadJudge = (document: object): ((message: string, payload: unknown) => readonly string[]) => {
  const validator = new Ajv({ ...options, allErrors: true }).addSchema(document, 'document')
  return (message, payload) => {
    const judge = validator.getSchema(`document#/components/messages/${message}/payload`)
    if (!judge) return [`no message ${message}`]
    judge(payload)
    return (judge.errors ?? []).map(({ instancePath, message: fault }) => `${message}${instancePath} ${fault}`)
  }
}
