import { describe, expect, test } from 'bun:test'
import { judgeFrame } from './inbound.frames.ts'

const send = (content: string, channel: string | null = null, clientId: string | null = null) => ({
  type: 'send' as const,
  content,
  channel,
  clientId,
})
const amiss = (code: string, clientId: string | null = null) => ({ type: 'amiss', code, clientId }) as never

describe('commands', () => {
  test.each([
    [{ content: 'x', channel_id: 'general' }, send('x', 'general')],
    [{ content: 'x', channelId: 'general' }, send('x', 'general')],
    [{ content: 'x', channel: 'general' }, send('x', 'general')],
    [{ content: 'x', channel_id: null, channel: 'b' }, send('x', 'b')],
    [{ content: 'x', channel_id: 'a', channel: 'b' }, send('x', 'a')],
    [{ type: 'message', content: 'x' }, send('x')],
    [{ type: null, content: 'x', client_id: null }, send('x')],
    [{ content: 'x', client_id: 'k1', username: 'other', user_id: 7, extra: [] }, send('x', null, 'k1')],
  ])('CA69: %j sends', (frame, command) => {
    expect(judgeFrame(JSON.stringify(frame))).toEqual(command)
  })

  test.each([
    [{}, amiss('invalid_format')],
    [{ content: 7 }, amiss('invalid_format')],
    [{ content: null }, amiss('invalid_format')],
    [{ content: 'x', channel_id: 7, client_id: 'k' }, amiss('invalid_format', 'k')],
    [{ content: 'x', client_id: 7 }, amiss('invalid_format')],
    [{ content: 'x', client_id: 'é' }, amiss('invalid_format', 'é')],
    [{ content: 'a\u0000' }, amiss('invalid_format')],
    [{ content: '', client_id: 'k' }, amiss('empty', 'k')],
    [{ content: ' \n' }, amiss('empty')],
    [{ content: 'x'.repeat(1001) }, amiss('too_long')],
    [{ type: 'shout', content: 'x', client_id: 'k' }, amiss('unknown_type', 'k')],
    [{ type: 7 }, amiss('unknown_type')],
    [{ type: '__proto__' }, amiss('unknown_type')],
  ])('CA73: %j is refused', (frame, command) => {
    expect(judgeFrame(JSON.stringify(frame))).toEqual(command)
  })

  test('CA73: an unpaired surrogate is refused', () => {
    expect(judgeFrame('{"content":"\\ud800"}')).toEqual(amiss('invalid_format'))
  })

  test('CA72: a ping is sent back what it carries', () => {
    expect(judgeFrame('{"type":"ping"}')).toEqual({ type: 'ping', echo: {} })
    expect(judgeFrame('{"type":"ping","ts":1,"id":{"a":[null]},"x":2}')).toEqual({
      type: 'ping',
      echo: { ts: 1, id: { a: [null] } },
    })
  })

  test('CA72: typing', () => {
    expect(judgeFrame('{"type":"typing","channel_id":"a","is_typing":true}')).toEqual({
      type: 'typing',
      channel: 'a',
      active: true,
    })
    expect(judgeFrame('{"type":"typing","is_typing":"yes"}')).toEqual(amiss('invalid_format'))
  })
})

describe('CA70: plain text', () => {
  test.each(['hello', '123', '[1,2]', '"quoted"', 'null', '{broken', '{"a":1} and more', ' [x]', '{'])('%p', text => {
    expect(judgeFrame(text)).toEqual(send(text))
  })

  test('has the same bounds', () => {
    expect(judgeFrame('')).toEqual(amiss('empty'))
    expect(judgeFrame('   ')).toEqual(amiss('empty'))
    expect(judgeFrame('x'.repeat(1001))).toEqual(amiss('too_long'))
    expect(judgeFrame('['.repeat(60_000))).toEqual(amiss('too_long'))
  })
})

test('CA73: what is no text, and what is nested too deep, is refused', () => {
  expect(judgeFrame(new Uint8Array([1]))).toEqual(amiss('binary'))
  expect(judgeFrame(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`)).toEqual(amiss('invalid_format'))
})
