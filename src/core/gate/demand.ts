import { refuse } from '../fault.ts'
import type { Verdict } from './gate.ts'

/** The outcome of a verdict, or its refusal thrown. */
export const demand = <Outcome extends string>(verdict: Verdict<Outcome>): Outcome =>
  typeof verdict === 'string' ? verdict : refuse(verdict)
