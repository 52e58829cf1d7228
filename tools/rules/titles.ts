// Finds the titles of tests in a source file.
import { type Expression, type Node, parseSync, Visitor } from 'oxc-parser'
import { beginsWithReference } from './references.ts'

export interface Title {
  readonly text: string
  readonly line: number
}

/** The parts of a string that are known before it runs; null when it is no string. */
const knownText = (node: Node | undefined): string | null => {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? node.value : null
  if (node?.type === 'TemplateLiteral') return node.quasis.map(quasi => quasi.value.cooked ?? '').join('…')
  if (node?.type !== 'BinaryExpression' || node.operator !== '+') return null
  const [left, right] = [knownText(node.left), knownText(node.right)]
  return left === null && right === null ? null : `${left ?? '…'}${right ?? '…'}`
}

/** The words of a call such as `test.each(rows)`: `['test', 'each']`. Empty when it is something else. */
const wordsOf = (callee: Expression): readonly string[] => {
  if (callee.type === 'Identifier') return [callee.name]
  if (callee.type === 'CallExpression') return wordsOf(callee.callee)
  if (callee.type === 'TaggedTemplateExpression') return wordsOf(callee.tag)
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return []
  const words = wordsOf(callee.object)
  return words.length ? [...words, callee.property.name] : []
}

const isTestCall = ([first]: readonly string[]): boolean => first === 'test' || first === 'it' || first === 'describe'
const neverRuns = (words: readonly string[]): boolean => words.some(word => word === 'skip' || word === 'todo')

/**
 * Titles of `test`, `it` and `describe`, also of their `each`; and every other string that begins with a rule number, since
 * tables and helpers hold titles too. What is skipped or still to do proves nothing and is left out.
 */
export const readTitles = (path: string, source: string): readonly Title[] => {
  const { program } = parseSync(path, source)
  const titles: Title[] = []
  const seen = new Set<number>()
  const take = (node: Node, text: string): void => {
    titles.push({ text, line: source.slice(0, node.start).split('\n').length })
  }
  const loose = (node: Node): void => {
    const text = seen.has(node.start) ? null : knownText(node)
    if (text !== null && beginsWithReference.test(text)) take(node, text)
  }
  new Visitor({
    CallExpression(node) {
      const words = wordsOf(node.callee)
      const [first] = node.arguments
      const text = knownText(first)
      if (!first || text === null || !isTestCall(words)) return
      for (let at = first.start; at < first.end; at++) seen.add(at)
      if (!neverRuns(words)) take(first, text)
    },
    Literal: loose,
    TemplateLiteral: loose,
  }).visit(program)
  return titles
}
