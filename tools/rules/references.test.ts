import { describe, expect, test } from 'bun:test'
import { referencesIn, rulesNamed } from './references.ts'

const idsOf = (title: string): readonly string[] =>
  referencesIn(title).map(({ from, to }) => (from === to ? from : `${from}..${to}`))

describe('numbers in a title', () => {
  test.each([
    ['MS12: one', ['MS12']],
    ['WT10, WT11: a list', ['WT10', 'WT11']],
    ['MS46 MS47: a list', ['MS46', 'MS47']],
    ['MS46/MS47+MS48 & OC1', ['MS46', 'MS47', 'MS48', 'OC1']],
    ['at the end (CA9)', ['CA9']],
    ['MS16 to MS18: a range', ['MS16..MS18']],
    ['UM50-UM53: a range', ['UM50..UM53']],
    ['UM50–UM53, UM60 — UM61, UM70..UM72', ['UM50..UM53', 'UM60..UM61', 'UM70..UM72']],
    ['UM2-5: the second client', ['UM2-5']],
    ['UM2-5-UM2-7', ['UM2-5..UM2-7']],
    ['MS93-WT59: two dialects are no range', ['MS93', 'WT59']],
    ['MSX, ms1, AMS1, MS1a: none', []],
  ])('%s', (title, ids) => {
    expect(idsOf(title)).toEqual(ids)
  })
})

describe('rules that are named', () => {
  const known = ['MS1', 'MS2', 'MS4', 'WT1']

  test('each once, with those between the ends of a range that there are', () => {
    expect(rulesNamed('MS1 to MS4, MS2 and WT1', known)).toEqual({ rules: ['MS1', 'MS2', 'MS4', 'WT1'], amiss: [] })
  })

  test('what is none is said', () => {
    expect(rulesNamed('MS3: x, MS4 to MS1, MS2', known)).toEqual({
      rules: ['MS2'],
      amiss: ['MS3, which is no rule', 'MS4 to MS1, which is no range'],
    })
  })
})
