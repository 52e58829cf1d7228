// Schemas as declarations of TypeScript, for those who have the types and not the schemas.

/** What our contracts use of JSON Schema; anything else is an error. */
interface Schema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[] | undefined
}

const plain: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
}

/** One exported type for each schema. A schema that stands inside another is called by its name there. Throws on keywords it does not know. */
export const declarations = (schemas: Readonly<Record<string, Schema>>): string => {
  const names = new Map(Object.entries(schemas).map(([name, schema]) => [schema, name]))

  const shape = (schema: Schema, indent: string): string => {
    if (schema.enum) return schema.enum.map(word => JSON.stringify(word)).join(' | ')
    if (schema.anyOf) return schema.anyOf.map(each => use(each, indent)).join(' | ')
    if (schema.items) return `Array<${use(schema.items, indent)}>`
    if (schema.patternProperties) {
      const values = Object.values(schema.patternProperties).map(each => use(each, indent))
      return `Record<string, ${values.join(' | ')}>`
    }
    if (schema.properties) {
      const inner = `${indent}  `
      const lines = Object.entries(schema.properties).map(([key, each]) => {
        const about = each.description === undefined ? '' : `${inner}/** ${each.description} */\n`
        return `${about}${inner}${key}${schema.required?.includes(key) ? '' : '?'}: ${use(each, inner)}\n`
      })
      return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`
    }
    const word = plain[schema.type ?? '']
    if (word === undefined) throw new Error(`no type for ${JSON.stringify(schema)}`)
    return word
  }
  const use = (schema: Schema, indent: string): string => names.get(schema) ?? shape(schema, indent)

  return Object.entries(schemas)
    .map(([name, schema]) => `export type ${name} = ${shape(schema, '')}\n`)
    .join('\n')
}
