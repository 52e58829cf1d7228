// The rule numbers in the title of a test.
import { contracts } from './contracts.ts'

const NUMBER = `(?:${contracts.map(contract => contract.prefix).join('|')})\\d+(?:-\\d+)?`
const TO = '\\s*(?:-|–|—|\\.{2,3}|\\bto\\b)\\s*'
const reference = new RegExp(`\\b(${NUMBER})(?:${TO}(${NUMBER}))?(?![\\w-])`, 'g')

export const beginsWithReference = new RegExp(`^${NUMBER}(?![\\w-])`)

export interface Reference {
  readonly from: string
  /** The last of a range, both ends included. */
  readonly to: string
}

/** The rules a title names: `MS12: …`, `WT10, WT11: …`, `MS16 to MS18 …`, `UM50-UM53`. */
export const referencesIn = (title: string): readonly Reference[] =>
  [...title.matchAll(reference)].flatMap(([, from = '', to = from]) =>
    from.slice(0, 2) === to.slice(0, 2) ? [{ from, to }] : [from, to].map(one => ({ from: one, to: one })),
  )

export interface Named {
  /** Each once, with those between the ends of a range. */
  readonly rules: readonly string[]
  /** What is named and is none of them: `MS5, which is no rule`. */
  readonly amiss: readonly string[]
}

/** What a title names among `known`, the numbers in the order of the contract's text. */
export const rulesNamed = (title: string, known: readonly string[]): Named => {
  const rules = new Set<string>()
  const amiss: string[] = []
  for (const { from, to } of referencesIn(title)) {
    const [first, last] = [known.indexOf(from), known.indexOf(to)]
    if (first < 0) amiss.push(`${from}, which is no rule`)
    else if (last < first) amiss.push(`${from} to ${to}, which is no range`)
    else for (const id of known.slice(first, last + 1)) rules.add(id)
  }
  return { rules: [...rules], amiss }
}

/** A pattern that fits every title that names one of these rules, and titles with a range, which may. */
export const mayName = (rules: readonly string[]): string =>
  `\\b(?:${rules.join('|')})(?![\\w-])|\\b${NUMBER}${TO}${NUMBER}`
