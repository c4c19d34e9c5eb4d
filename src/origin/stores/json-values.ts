import { isUtf8 } from 'node:buffer'
import type { OriginValue } from '../../keyspace/index.js'
import type { Written } from '../store.js'
import { textOfJson } from '../values.js'
import { ObjectText } from './json-text.js'

export const noUtf8: Written = { kind: 'refused', reason: 'is no UTF-8, as JSON is' }

/**
 * The JSON text that is read as `text`: the one that is there where it is read so already; a number, boolean, array or
 * object where one was there and `text` is one; else a string.
 */
export function jsonText(text: string, before: string | null): string {
  if (before !== null && before !== 'null' && !before.startsWith('"')) {
    if (textOfJson(JSON.parse(before)) === text) return before
    if (isCanonical(text)) return text
  }
  return JSON.stringify(text)
}

/** Whether a text is read back from JSON as it is. */
function isCanonical(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value !== 'string' && textOfJson(value) === text
  } catch {
    return false
  }
}

/**
 * The text of the object that is read as these fields: that of `before`, a JSON object, with all that stays the same
 * character by character as it is there.
 */
export function hashText({ fields: given }: OriginValue & { kind: 'hash' }, before: string): string | Written {
  if (!given.flat().every((bytes) => isUtf8(bytes))) return noUtf8
  const object = new ObjectText(before)
  const fields = new Map(given.map(([field, bytes]) => [field.toString(), bytes.toString()]))
  for (const name of object.names) {
    if (object.isTwice(name)) return { kind: 'refused', reason: `has its field '${name}' several times in the file` }
    if (!fields.has(name) && object.get(name) !== 'null') object.set(name, null)
  }
  for (const [name, text] of fields) object.set(name, jsonText(text, object.get(name)))
  return object.toString()
}
