// Messages kept in sight.
import { selfOf } from '../actor.ts'
import { type Context, lockOf, must } from '../context.ts'
import { refuse } from '../fault.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import { limits } from '../limits.ts'
import { conversationStream } from '../model/ids.ts'
import { peopleOf, viewMessages } from '../queries/message-view.ts'
import { loadReadable } from '../queries/readable.ts'
import { alive, loadMessage, viewOne } from './messages.change.ts'
import type { Messages } from './messages.ts'

export const createPinning = (context: Context): Pick<Messages, 'pins' | 'pin'> => ({
  async pins(actor, conversationId) {
    const { read } = context
    await loadReadable(read, actor, conversationId)
    const pins = await read.pinsOf(conversationId)
    const rows = await read.getMany(
      'message',
      pins.map(pin => ({ id: pin.messageId })),
    )
    const messages = new Map((await viewMessages(read, rows)).map(message => [message.id, message]))
    const people = await peopleOf(
      read,
      pins.map(pin => pin.pinnedBy),
    )
    return pins.flatMap(pin => {
      const message = messages.get(pin.messageId)
      const by = people.get(pin.pinnedBy)
      return message && by ? [{ message, by, at: pin.pinnedAt }] : []
    })
  },

  async pin(actor, id, active) {
    const { conversationId } = must(await context.read.get('message', { id }), { kind: 'message.unknown' })
    return context.change(actor, async tx => {
      await tx.lock(lockOf.conversation(conversationId))
      const { row, conversation, me } = await loadMessage(tx, actor, id)
      demand(gate['message.pin']({ kind: conversation.kind, myRole: me.role }))
      const key = { conversationId, messageId: id }
      const standing = (await tx.get('pin', key)) !== null
      // A recalled message is pinned nowhere, so taking its pin away has nothing to do.
      if (active) alive(row)
      if (standing === active) return { message: await viewOne(tx, row), changed: false }
      if (active) {
        const most = limits.pinsPerConversation
        if ((await tx.pinsOf(conversationId)).length >= most) refuse({ kind: 'pin.limit', limit: most })
        await tx.insert('pin', { ...key, pinnedBy: actor.profile.id, pinnedAt: context.now() })
      } else {
        await tx.remove('pin', key)
      }
      const message = await viewOne(tx, row)
      const event = { type: 'pin.changed', message, person: selfOf(actor), active } as const
      await tx.append(conversationStream(conversationId), event)
      return { message, changed: true }
    })
  },
})
