import { describe, expect, test } from 'bun:test'
import { NIL_ID } from '../../base/id.ts'
import { readMessage } from './inbound.ts'
import { unseal } from './sealed.ts'
import { Refused } from './words.ts'

const usual = { recipient_id: 18, content: 'hello' }
const refusal = (payload: object): string => {
  try {
    readMessage({ ...payload })
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown.message
    throw thrown
  }
  return 'none'
}

describe('what is missing and what is wrong', () => {
  test.each([
    [{}, 'Missing required fields'],
    [{ content: 'x' }, 'Missing required fields'],
    [{ recipient_id: null, content: 'x' }, 'Missing required fields'],
    [{ recipient_id: 18 }, 'Missing required fields'],
    [{ recipient_id: 18, content: '' }, 'Missing required fields'],
    [{ recipient_id: 18, content: ' \n\t ' }, 'Missing required fields'],
    [{ recipient_id: 18, encrypted_content: '' }, 'Missing required fields'],
    [{ ...usual, content: 5 }, 'Invalid content'],
    [{ ...usual, recipient_id: 'mila' }, 'Invalid recipient_id'],
    [{ ...usual, recipient_id: -1 }, 'Invalid recipient_id'],
    [{ ...usual, is_group: 'yes' }, 'Invalid is_group'],
    [{ ...usual, type: 'sticker' }, 'Invalid message type'],
    [{ ...usual, type: 7 }, 'Invalid message type'],
    [{ ...usual, type: 'constructor' }, 'Invalid message type'],
    [{ ...usual, type: 'image' }, 'Invalid file content'],
    [{ ...usual, type: 'file', content: '[1]' }, 'Invalid file content'],
    [{ ...usual, type: 'file', content: 'null' }, 'Invalid file content'],
    [{ ...usual, type: 'file', content: `${'['.repeat(40)}${']'.repeat(40)}` }, 'Invalid file content'],
    [{ ...usual, encrypted_content: 5 }, 'Invalid encrypted_content'],
    [{ ...usual, encrypted_content: 'x'.repeat(65_537) }, 'Invalid encrypted_content'],
    [{ ...usual, client_message_id: '' }, 'Invalid client_message_id'],
    [{ ...usual, client_message_id: 'x'.repeat(129) }, 'Invalid client_message_id'],
    [{ ...usual, client_message_id: 5 }, 'Invalid client_message_id'],
  ])('UM45 UM71 UM74 UM75 UM76: %j: %s', (payload, text) => {
    expect(refusal(payload)).toBe(text)
  })

  test('UM73: length is counted in code points', () => {
    expect(refusal({ ...usual, content: '😀'.repeat(10_000) })).toBe('none')
    expect(refusal({ ...usual, content: '😀'.repeat(10_001) })).toBe('Message too long')
  })

  test.each(['a\0b', 'a\ud800b'])('UM73: %j is refused', content => {
    expect(refusal({ ...usual, content })).toBe('Invalid content')
    expect(refusal({ ...usual, encrypted_content: content })).toBe('Invalid encrypted_content')
    expect(refusal({ ...usual, client_message_id: content })).toBe('Invalid client_message_id')
  })

  test('UM71: missing fields speak before the type, the type before the length', () => {
    expect(refusal({ recipient_id: 18, type: 'no' })).toBe('Missing required fields')
    expect(refusal({ ...usual, type: 'no', content: 'x'.repeat(10_001) })).toBe('Invalid message type')
    expect(refusal({ ...usual, type: 'image', content: 'x'.repeat(10_001) })).toBe('Message too long')
  })
})

describe('drafts', () => {
  test('UM70: type defaults to text, and content goes as it is', () => {
    expect(readMessage({ recipient_id: '18', content: ' hi ', is_group: false, type: null })).toEqual({
      num: 18,
      wanted: false,
      draft: { kind: 'text', text: ' hi ', clientKey: null },
      fileId: null,
    })
  })

  test('UM7 UM76: is_group may be absent; the key goes along', () => {
    const { wanted, draft } = readMessage({ ...usual, client_message_id: 'k' })
    expect(wanted).toBeUndefined()
    expect(draft.clientKey).toBe('k')
  })

  test('UM74: encrypted content goes untouched, with or without a plain one, for any type', () => {
    const encrypted_content = ' ä {"x":1} '
    for (const payload of [
      { recipient_id: 18, encrypted_content },
      { ...usual, encrypted_content },
    ]) {
      const { draft } = readMessage(payload)
      expect(unseal({ label: draft.label ?? null, payload: draft.payload ?? null })).toEqual({
        content: null,
        encrypted: encrypted_content,
      })
    }
    expect(readMessage({ recipient_id: 18, encrypted_content }).draft.text).toBeNull()
    expect(readMessage({ recipient_id: 18, encrypted_content, type: 'image' }).draft.kind).toBe('image')
  })

  test.each([
    ['{"url":"https://e.org/a","file_name":"a"}', 'https://e.org/a'],
    ['{"url":"","file_name":"a.png"}', 'a.png'],
    ['{"url":5}', '[image]'],
    ['{}', '[image]'],
  ])('UM75: %s shows elsewhere as %s', (content, text) => {
    const { draft, fileId } = readMessage({ ...usual, content, type: 'image' })
    expect(draft).toMatchObject({ kind: 'image', text })
    expect(unseal({ label: draft.label ?? null, payload: draft.payload ?? null })?.content).toBe(content)
    expect(fileId).toBeNull()
  })

  test('UM75: a named upload is the file itself; what can be none names none', () => {
    const named = (file_id: unknown) =>
      readMessage({ ...usual, type: 'image', content: JSON.stringify({ file_id, url: 'u' }) })
    expect(named('9B2D4C1A-5e6f-4a7b-8c9d-0e1f2a3b4c5d')).toMatchObject({
      fileId: '9b2d4c1a-5e6f-4a7b-8c9d-0e1f2a3b4c5d',
      draft: { text: null },
    })
    expect(named(17).fileId).toBe(NIL_ID)
    expect(named('x').fileId).toBe(NIL_ID)
  })
})
