import { describe, expect, test } from 'bun:test'
import { groupRef, messagesIn } from '../../../../test/kit/samples.ts'
import type { Event } from '../../../core/index.ts'
import type { PrintEvent } from '../projection.ts'
import { createReplays } from './replays.ts'
import { createResumeTokens } from './tokens.ts'

const file = { fid: 'f', name: 'f.png', mime: 'image/png', size: 1, width: null, height: null }

const said = (mark: string, text: string, attachments: readonly (typeof file)[] = []): Event => ({
  stream: 'conversation/c',
  seq: 1,
  at: 0,
  mark,
  body: {
    type: 'message.sent',
    message: messagesIn(groupRef)({ text, attachments }),
  },
})

const open = (pad = '') => {
  let now = 0
  const tokens = createResumeTokens('key', () => now)
  const printed: string[] = []
  const replay: PrintEvent = (event, token) => {
    const text = event.body.type === 'message.sent' ? event.body.message.text : ''
    printed.push(`${text}`)
    return [{ frame: `${text} ${token}${pad}` }]
  }
  const replays = createReplays(tokens)
  return {
    tokens,
    printed,
    pass: (ms: number) => {
      now += ms
    },
    frameOf: (event: Event, space = 's') => replays(space, { replay }, event)[0]?.frame,
  }
}

describe('OC123: what many have missed is printed once', () => {
  test('as long as it is the same event', () => {
    const { frameOf, printed, tokens } = open()
    const frame = `hi ${tokens.print('1')}`
    for (let i = 0; i < 3; i++) expect(frameOf(said('1', 'hi'))).toBe(frame)
    expect(frameOf(said('2', 'hi'))).toBe(`hi ${tokens.print('2')}`)
    expect(printed).toEqual(['hi', 'hi'])
  })

  test('but never as it was: an edited or recalled message, another server, another minute', () => {
    const { frameOf, printed, pass, tokens } = open()
    frameOf(said('1', 'a secret'))
    expect(frameOf(said('1', 'nothing'))).toBe(`nothing ${tokens.print('1')}`)
    frameOf(said('1', 'nothing'), 'another')
    pass(60_000)
    expect(frameOf(said('1', 'nothing'), 'another')).toBe(`nothing ${tokens.print('1')}`)
    expect(printed).toEqual(['a secret', 'nothing', 'nothing', 'nothing'])
  })

  test('nor are files, whose addresses are signed for the moment, or long texts remembered', () => {
    const short = open()
    for (let i = 0; i < 2; i++) short.frameOf(said('1', 'a picture', [file]))
    expect(short.printed).toHaveLength(2)
    const long = open('.'.repeat(5000))
    for (let i = 0; i < 2; i++) long.frameOf(said('1', 'hi'))
    expect(long.printed).toHaveLength(2)
  })

  test('however many events there are, each is what it is', () => {
    const { frameOf, tokens } = open()
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 2500; i++) expect(frameOf(said(`${i}`, `${i}`))).toBe(`${i} ${tokens.print(`${i}`)}`)
    }
  })
})

describe('OC122: tokens', () => {
  test('of one place are the same text for a minute, and lead there', () => {
    const { tokens, pass } = open()
    const first = tokens.print('a.1')
    tokens.print('a.2')
    expect(tokens.print('a.1')).toBe(first)
    pass(60_000)
    const second = tokens.print('a.1')
    expect(second).not.toBe(first)
    for (const token of [first, second]) expect(tokens.read(token)).toEqual({ mark: 'a.1' })
  })

  test('are right however many places there are', () => {
    const { tokens } = open()
    for (let i = 0; i < 25_000; i++) expect(tokens.read(tokens.print(`a.${i}`))).toEqual({ mark: `a.${i}` })
  })
})
