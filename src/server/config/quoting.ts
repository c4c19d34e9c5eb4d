import { isUtf8 } from 'node:buffer'
import { Slice } from '../../base/index.js'

/**
 * Words and quotes of redis.conf.
 *
 * A configuration is bytes. Here they travel as *byte strings*: each code unit is one byte (latin1), so that nothing is
 * lost between a file, the wire and a file again. Text for people and paths is decoded where it is used.
 */
export type ByteString = string

export const toByteString = (text: string): ByteString => Buffer.from(text, 'utf8').toString('latin1')

/** The text that the bytes are in UTF-8, or undefined where they are none. */
export function fromByteString(bytes: ByteString): string | undefined {
  const buffer = Buffer.from(bytes, 'latin1')
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined
}

/** The bytes as text to be shown to a person; what is no UTF-8 shows as U+FFFD. */
export const shown = (bytes: ByteString): string => Buffer.from(bytes, 'latin1').toString('utf8')

/** The bytes in a slice of their own. */
export const toSlice = (bytes: ByteString): Slice => Slice.from(Buffer.from(bytes, 'latin1'))

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }
const unescapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\x07': '\\a',
}

const isSpace = (char: string | undefined): boolean =>
  char === ' ' || char === '\t' || char === '\n' || char === '\r' || char === '\v' || char === '\f'

/**
 * Splits a line into words as Redis does: `plain "double quoted\n\x00" 'single quoted'`.
 *
 * A quote may open in mid-word, but a closing quote ends the word.
 *
 * @returns undefined where quotes are unbalanced, or something follows a closing quote without a space
 * @see sdssplitargs() in Redis's sds.c
 */
export function splitWords(line: ByteString): ByteString[] | undefined {
  const words: ByteString[] = []
  let at = 0
  for (;;) {
    while (isSpace(line[at])) at++
    if (at >= line.length || line[at] === '\0') return words
    const word = readWord(line, at)
    if (word === undefined) return undefined
    words.push(word.text)
    at = word.end
  }
}

function readWord(line: ByteString, at: number): { text: ByteString; end: number } | undefined {
  let text = ''
  for (; at < line.length; at++) {
    const char = line[at]
    if (char === ' ' || char === '\n' || char === '\r' || char === '\t' || char === '\0') break
    if (char !== '"' && char !== "'") {
      text += char
      continue
    }
    const quoted = char === '"' ? readDoubleQuoted(line, at + 1) : readSingleQuoted(line, at + 1)
    if (quoted === undefined) return undefined
    const next = line[quoted.end]
    if (next !== undefined && !isSpace(next)) return undefined
    return { text: text + quoted.text, end: quoted.end }
  }
  return { text, end: at }
}

function readDoubleQuoted(line: ByteString, at: number): { text: ByteString; end: number } | undefined {
  let text = ''
  for (; at < line.length; at++) {
    const char = line[at]
    if (char === '"') return { text, end: at + 1 }
    if (char !== '\\' || at + 1 >= line.length) {
      text += char
      continue
    }
    const hex = /^x([0-9a-fA-F]{2})/.exec(line.slice(at + 1, at + 4))
    if (hex !== null) {
      text += String.fromCharCode(Number.parseInt(hex[1], 16))
      at += 3
    } else {
      at++
      text += escapes[line[at]] ?? line[at]
    }
  }
  return undefined
}

function readSingleQuoted(line: ByteString, at: number): { text: ByteString; end: number } | undefined {
  let text = ''
  for (; at < line.length; at++) {
    if (line[at] === "'") return { text, end: at + 1 }
    if (line[at] === '\\' && line[at + 1] === "'") at++
    text += line[at]
  }
  return undefined
}

/**
 * The word in double quotes, so that `splitWords` reads it back.
 *
 * @see sdscatrepr() in Redis's sds.c
 */
export function quoted(word: ByteString): ByteString {
  let text = '"'
  for (const char of word) {
    if (unescapes[char] !== undefined) text += unescapes[char]
    else if (char >= ' ' && char <= '~') text += char
    else text += `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  }
  return `${text}"`
}

/** The word as a person would write it: bare where that reads back the same, else in double quotes. */
export const quotedIfNeeded = (word: ByteString): ByteString => (/^[!#-&(-[\]-~]+$/.test(word) ? word : quoted(word))
