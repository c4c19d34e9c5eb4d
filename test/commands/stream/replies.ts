/** Replies as they stand on the wire, for tests to read. */
export const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
export const array = (...items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`
export const map = (...items: readonly string[]): string => `%${items.length / 2}\r\n${items.join('')}`
export const integer = (number: number): string => `:${number}\r\n`

/** An entry: its ID, fields and values. */
export const entry = (id: string, ...pairs: readonly string[]): string =>
  array(bulk(id), array(...pairs.map((text) => bulk(text))))
