// The doors that stand so far. A new dialect joins the matrix by one line here.
import type { Driver } from '../driver.ts'
import { chatapp } from './chatapp.ts'
import { msgr } from './msgr.ts'
import { openchat } from './openchat.ts'
import { umoc } from './umoc.ts'
import { wetty } from './wetty.ts'

export const drivers: readonly Driver[] = [chatapp, msgr, ...openchat, umoc, wetty]
