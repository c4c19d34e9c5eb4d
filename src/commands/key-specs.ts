import type { KeyAccess, KeyEffect, KeySpec } from '../command/index.js'

type Rest = Omit<KeySpec, 'first' | 'last' | 'step' | 'access' | 'effects'>

/** The first argument is the one key. */
export const oneKey = (access: KeyAccess, effects: readonly KeyEffect[] = [], rest: Rest = {}): readonly KeySpec[] => [
  { first: 1, access, effects, ...rest },
]

/** All arguments are keys, or every `step`th is. */
export const everyKey = (
  access: KeyAccess,
  effects: readonly KeyEffect[] = [],
  rest: Rest & { readonly step?: number } = {},
): readonly KeySpec[] => [{ first: 1, last: -1, access, effects, ...rest }]

/** The first argument is a key whose value is given out. */
export const readKey = oneKey('RO', ['access'])

/** The first argument is a key of which something is told, but not its value. */
export const askedKey = oneKey('RO')

/** The first argument is a key whose value is read and changed. */
export const updatedKey = oneKey('RW', ['access', 'update'])
