/** A command as its arguments; a number is written as Redis would print it. */
export type Request = readonly (string | Uint8Array | number)[]

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }

/**
 * Splits a line as redis-cli does: words, `"quoted with \x00 and \n escapes"`, `'quoted plainly'`.
 *
 * Every code unit becomes the byte of its number, so that `"\xff"` is one byte.
 *
 * @throws {Error} when a quote stays open
 */
export function splitLine(line: string): Buffer[] {
  const words: Buffer[] = []
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"']+))(?=\s|$)/gy
  const text = line.trim()
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text)
    if (match === null) throw new Error(`unbalanced quotes: ${line}`)
    const [, quoted, plain, word] = match
    if (quoted !== undefined) words.push(Buffer.from(unescape(quoted), 'latin1'))
    else words.push(Buffer.from(plain ?? word, 'latin1'))
  }
  return words
}

function unescape(quoted: string): string {
  return quoted.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex?: string, letter?: string) =>
    hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : (escapes[letter ?? ''] ?? letter ?? ''),
  )
}

/** The arguments of one line of a script, which is text or a ready-made request. */
export function argumentsOf(line: string | Request): Buffer[] {
  if (typeof line === 'string') return splitLine(line)
  return line.map((arg) => (typeof arg === 'object' ? Buffer.from(arg) : Buffer.from(String(arg), 'latin1')))
}
