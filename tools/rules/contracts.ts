// The numbered rules of the contracts, as docs/contracts/<dialect>.md lists them.

export interface Contract {
  readonly dialect: string
  /** What its numbers begin with. */
  readonly prefix: string
  /** What the numbers of a later layer begin with: rules, but none that is promised yet. */
  readonly later?: string
}

export const contracts: readonly Contract[] = [
  { dialect: 'openchat', prefix: 'OC' },
  { dialect: 'umoc', prefix: 'UM', later: 'UM2-' },
  { dialect: 'chatapp', prefix: 'CA' },
  { dialect: 'msgr', prefix: 'MS' },
  { dialect: 'wetty', prefix: 'WT' },
]

export interface Rule {
  /** `MS12`; also `UM2-5` (umoc's second client). */
  readonly id: string
  readonly text: string
}

/** A list item that begins with its number: `- **MS1 [seed]** …`, `- UM1 …`, `- **OC1** …`. */
const item = /^\s*- (?:\*\*)?([A-Z]{2}\d+(?:-\d+)?)\b(.*)$/
const retired = /^\W*(?:\[\w+\]\W*)?(?:unused|not used)\b/i

/** The rules of one contract in the order of its text. Numbers that it notes as unused are left out. */
export const readRules = (text: string, { prefix }: Contract): readonly Rule[] =>
  text.split('\n').flatMap(line => {
    const [, id = '', rest = ''] = item.exec(line) ?? []
    if (!id.startsWith(prefix) || retired.test(rest)) return []
    return [{ id, text: rest.replaceAll('**', '').trim() }]
  })
