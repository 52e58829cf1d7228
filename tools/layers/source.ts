// What one source file says about itself to the layer check, read from its syntax tree: type-only imports, re-exports,
// `import()` of values and types, `require`. Comments and strings that look like imports do not count.
import { type Expression, parseSync, Visitor } from 'oxc-parser'

export interface Import {
  /** Null when it is computed, so that nobody can tell what it names. */
  readonly specifier: string | null
  readonly line: number
  /** Erased before it runs (`import type`, `import('…')` in a type). `import { type A }` is not: it leaves an import behind. */
  readonly typeOnly: boolean
}

export interface Source {
  readonly imports: readonly Import[]
  /** Line of `export default` or of `export { x as default }`. */
  readonly defaultExport: number | null
  readonly lines: number
  /** Why it could not be read to its end; then the rest is incomplete. */
  readonly error: string | null
}

/** The text of an expression that is one constant string, else null. */
const constant = (expression: Expression | undefined): string | null => {
  if (expression?.type === 'Literal' && typeof expression.value === 'string') return expression.value
  if (expression?.type !== 'TemplateLiteral' || expression.expressions.length > 0) return null
  return expression.quasis[0]?.value.cooked ?? null
}

/** `require`, `require.resolve`, `import.meta.require`, `import.meta.resolve`: all of them name a module. */
const namesModule = (callee: Expression): boolean => {
  if (callee.type === 'Identifier') return callee.name === 'require'
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return false
  const { object, property } = callee
  if (object.type === 'Identifier') return object.name === 'require' && property.name === 'resolve'
  return object.type === 'MetaProperty' && ['require', 'resolve', 'resolveSync'].includes(property.name)
}

export const readSource = (path: string, text: string): Source => {
  const { program, errors } = parseSync(path, text)
  const breaks = [...text.matchAll(/\n/g)].map(match => match.index)
  const lineOf = (offset: number): number => breaks.filter(at => at < offset).length + 1
  const imports: Import[] = []
  const add = (node: { readonly start: number }, specifier: string | null, typeOnly = false) =>
    imports.push({ specifier, line: lineOf(node.start), typeOnly })
  let defaultExport: number | null = null

  new Visitor({
    ImportDeclaration: node => add(node, node.source.value, node.importKind === 'type'),
    ExportAllDeclaration: node => add(node, node.source.value, node.exportKind === 'type'),
    ExportNamedDeclaration(node) {
      if (node.source) add(node, node.source.value, node.exportKind === 'type')
      for (const { exported } of node.specifiers) {
        const name = exported.type === 'Identifier' ? exported.name : exported.value
        if (name === 'default') defaultExport = lineOf(node.start)
      }
    },
    ExportDefaultDeclaration(node) {
      defaultExport = lineOf(node.start)
    },
    ImportExpression: node => add(node, constant(node.source)),
    TSImportType: node => add(node, node.source.value, true),
    TSImportEqualsDeclaration(node) {
      const { moduleReference: to } = node
      if (to.type === 'TSExternalModuleReference') add(node, to.expression.value, node.importKind === 'type')
    },
    CallExpression(node) {
      const [first] = node.arguments
      if (namesModule(node.callee)) add(node, first?.type === 'SpreadElement' ? null : constant(first))
    },
  }).visit(program)

  return {
    imports: imports.toSorted((a, b) => a.line - b.line),
    defaultExport,
    lines: breaks.length + (text.endsWith('\n') || text === '' ? 0 : 1),
    error: errors[0]?.message ?? null,
  }
}
