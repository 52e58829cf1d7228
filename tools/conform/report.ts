// Reads the report that `bun test` writes of its tests: junit, one suite for each file and each group in it.

export interface Outcome {
  readonly file: string
  /** Titles of the groups around it, the outermost first. */
  readonly groups: readonly string[]
  readonly title: string
  readonly result: 'passed' | 'failed' | 'skipped'
  /** Of a failure: what was thrown, in full. */
  readonly error: string | null
}

export interface Report {
  readonly tests: readonly Outcome[]
  /** Set-ups and clean-ups that failed. The tests that waited for them are not among `tests`. */
  readonly hooks: readonly Outcome[]
  readonly files: ReadonlySet<string>
}

/** What a hook is called in a report. */
const HOOK = '(unnamed)'

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

const unescaped = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return entities[name] ?? all
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
  })

const attributesOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, unescaped(value)]),
  )

const tag = /<(\/?)(testsuite|testcase|failure|skipped)\b((?:\s+[\w-]+="[^"]*")*)\s*(\/?)>/g

/** Between tags only text stands, and it is escaped: so tags can be taken one after the other. */
export const readReport = (xml: string): Report => {
  const tests: Outcome[] = []
  const hooks: Outcome[] = []
  const files = new Set<string>()
  /** The file, and the groups in it. */
  const open: string[] = []
  let current = null as Outcome | null
  const finish = (): void => {
    if (current?.title !== HOOK) {
      if (current) tests.push(current)
    } else if (current.result === 'failed') hooks.push(current)
    current = null
  }
  for (const [, closing, name, text = '', empty] of xml.matchAll(tag)) {
    const attributes = attributesOf(text)
    if (name === 'testsuite') {
      if (closing) open.pop()
      else {
        open.push(attributes.name ?? '')
        if (open.length === 1) files.add(attributes.name ?? '')
        if (empty) open.pop()
      }
    } else if (name === 'testcase') {
      if (!closing) {
        const [file = '', ...groups] = open
        current = { file, groups, title: attributes.name ?? '', result: 'passed', error: null }
      }
      if (closing || empty) finish()
    } else if (current && !closing) {
      if (name === 'skipped') current = { ...current, result: 'skipped' }
      else current = { ...current, result: 'failed', error: attributes.message || (attributes.type ?? '') }
    }
  }
  return { tests, hooks, files }
}

/** The name of a test, with its groups. */
export const nameOf = ({ groups, title }: Pick<Outcome, 'groups' | 'title'>): string => [...groups, title].join(' > ')
