// What the tests run wherever the bundle is to run: two people talk, one connection is lost and taken up again.

import type { ClientOptions } from '../../clients/sdk/src/index.ts'

type Sdk = Pick<typeof import('../../clients/sdk/src/index.ts'), 'createKey' | 'loadKey' | 'OpenChat'>

/** What happened, in words. When all of it is over, nothing is left open. */
export const converse = async (
  { createKey, loadKey, OpenChat }: Sdk,
  url: string,
  options: ClientOptions = {},
): Promise<readonly string[]> => {
  const said: string[] = []
  const ana = await OpenChat.open(url, options)
  const ben = await OpenChat.open(url, options)
  await ana.enter(await createKey())
  const key = await (await createKey()).save()
  await ben.enter(await loadKey(key))
  const chat = await ana.direct({ uid: ben.userUid })

  const live = ben.live()
  const heard = new Promise<void>(resolve => {
    live.on('chat.message.created', ({ message }) => {
      said.push(`live ${message.body}`)
      resolve()
    })
  })
  await live.ready
  await ana.send(chat.id, 'Grüße 👋')
  await heard
  said.push(`over ${live.transport}`)
  live.close()

  const file = await ana.upload(new Blob(['contents'], { type: 'text/plain' }), 'notes.txt')
  await ana.send(chat.id, { body: 'missed', attachmentIds: [file.attachment_id] })
  const again = ben.live({ position: live.position })
  for await (const event of again.events()) {
    if (event.event_type === 'chat.message.created') {
      said.push(`missed ${event.payload.message.body}`)
      const [attached] = event.payload.message.attachments ?? []
      if (attached) said.push(`file ${await (await ben.download(attached)).text()}`)
    }
    if (event.event_type === 'chat.resume.completed') break
  }
  again.close()
  for await (const { body } of ben.history(chat.id, { pageSize: 1 })) said.push(`history ${body}`)
  said.push(await again.closed)
  return said
}
