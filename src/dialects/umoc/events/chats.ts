// Chats: listed, one of them, and what was said in it (section F).
import { addressed } from '../inbound.ts'
import { loadChatInfo, loadChats, loadHistory } from '../views.ts'
import { invalid } from '../words.ts'
import { type EventHandler, type EventTable, perUser, reply } from './dispatch.ts'
import { integer, need, optional, type Payload } from './fields.ts'

const PAGE_SIZE = { usual: 20, most: 100 } as const

const getChats: EventHandler = async ({ scope, actor }) => reply('chats', await loadChats(scope, actor))

const getChatInfo: EventHandler = async ({ scope, actor }, payload) => {
  need(payload, 'chat_id')
  const { num, wanted } = addressed(payload, 'chat_id')
  const chat = await scope.chats.find(actor, num, wanted)
  return reply('chat_info', await loadChatInfo(scope, actor, chat))
}

/** From 1 on (UM67). */
const counted = (payload: Payload, field: string): number => integer(payload, field) || invalid(field)

const getChatHistory: EventHandler = async ({ scope, actor }, payload) => {
  need(payload, 'chat_id')
  const { num, wanted } = addressed(payload, 'chat_id')
  const page = optional(payload, 'page', counted) ?? 1
  const size = Math.min(optional(payload, 'page_size', counted) ?? PAGE_SIZE.usual, PAGE_SIZE.most)
  const chat = await scope.chats.find(actor, num, wanted)
  return reply('chat_history', await loadHistory(scope, actor, chat, { chatId: num, page, size }))
}

export const chatEvents = {
  get_chats: { handle: getChats, rate: perUser('get_chats', 60, 10), rules: ['UM60', 'UM61', 'UM62'] },
  get_chat_info: { handle: getChatInfo, rate: perUser('get_chat_info', 60, 10), rules: ['UM63', 'UM64', 'UM65'] },
  get_chat_history: {
    handle: getChatHistory,
    rate: perUser('get_chat_history', 60, 10),
    rules: ['UM65', 'UM66', 'UM67', 'UM68', 'UM69'],
  },
} as const satisfies EventTable
