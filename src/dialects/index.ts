// Every contract the server speaks. A new one joins by its folder and one line here.
import type { DialectFactory } from '../host/dialect.ts'
import { createChatapp } from './chatapp/index.ts'
import { createMsgr } from './msgr/index.ts'
import { createOpenchat } from './openchat/index.ts'
import { createUmoc } from './umoc/index.ts'
import { createWetty } from './wetty/index.ts'

export const dialects: readonly DialectFactory[] = [createOpenchat, createChatapp, createMsgr, createUmoc, createWetty]
