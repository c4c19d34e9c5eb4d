import { createHash } from 'node:crypto'
import type { ValueKind } from '../../options.js'
import { Unavailable } from '../../store.js'
import type { Answer, Ask } from '../../store.js'
import { answerFromBytes, answerFromJson, parseJson, tooLarge, withDigest } from '../../values.js'

/** What a database gives for one column of a row, as its driver hands it over. */
export type Cell = string | number | boolean | Buffer | null

/**
 * A row that a statement answers with: which ask it is for, counted from 1; bytes of the value, null where it is NULL;
 * whether the ask's SHA-256 is that of the value; if it is not, and the value is not too large, that SHA-256 and the cells.
 */
export type SqlRow = readonly [ask: number, size: number | null, held: boolean, sha256: Buffer | null, ...cells: Cell[]]

/** How a column stands in the JSON of a row. */
export type JsonKind = 'text' | 'number' | 'boolean' | 'json' | 'base64'

export interface SqlColumn {
  readonly name: string
  readonly json: JsonKind
}

export interface SqlForm {
  readonly as: ValueKind
  /** Whether a column is the value; otherwise the whole row is. */
  readonly isColumn: boolean
  /** The row's columns, or the one that is the value. */
  readonly columns: readonly SqlColumn[]
  readonly valueBytesMax: number
}

const isNumber = /^-?(?:0|[1-9]\d{0,15})(?:\.\d{1,17})?(?:[eE][+-]?\d{1,3})?$/

/**
 * Makes answers of rows. The database computes one SHA-256 of each: of the column's bytes, or of the row as a hash. Where
 * that is the digest of the value here (a column as a string, a row as a hash) the ask's digest is compared with it;
 * otherwise it is the validator.
 */
export class SqlRows {
  readonly #form: SqlForm
  readonly #isDigest: boolean
  /** What a validator says of a row's columns: the same texts in columns of other types are other JSON. */
  readonly #shape: string

  constructor(form: SqlForm) {
    this.#form = form
    this.#isDigest = form.isColumn === (form.as === 'string')
    const shape = form.isColumn ? '' : JSON.stringify(form.columns)
    this.#shape = createHash('sha256').update(shape).digest('base64').slice(0, 8)
  }

  /** The SHA-256 to send with an ask; null: there is nothing to compare. */
  known({ digest, validator }: Pick<Ask, 'digest' | 'validator'>): Buffer | null {
    if (this.#isDigest) return digest
    const [, sha256, shape] = /^sha-256=:([A-Za-z0-9+/]{43}=):(.*)$/.exec(validator ?? '') ?? []
    return sha256 === undefined || shape !== this.#shape ? null : Buffer.from(sha256, 'base64')
  }

  /** @param rows of one ask */
  answer(rows: readonly SqlRow[], ask: Pick<Ask, 'validator'>): Answer | Promise<Answer> {
    if (rows.length === 0) return { kind: 'absent' }
    if (rows.length > 1) return { kind: 'refused', reason: 'is in several rows' }
    const [, size, held, sha256, ...cells] = rows[0]
    const { valueBytesMax } = this.#form
    if (size === null) return { kind: 'absent' }
    if (held) return this.#isDigest || ask.validator === null ? { kind: 'not-modified' } : notModified(ask.validator)
    if (size > valueBytesMax) return tooLarge(valueBytesMax)
    const answer = this.#form.isColumn ? this.#ofColumn(cells[0]) : this.#ofRow(cells)
    if (answer.kind !== 'found') return answer
    if (this.#isDigest || sha256 === null) return withDigest(answer)
    return withDigest({ ...answer, validator: `sha-256=:${sha256.toString('base64')}:${this.#shape}` })
  }

  #ofColumn(cell: Cell): Answer {
    try {
      return answerFromBytes(bytesOf(cell), this.#form.as, this.#form.valueBytesMax)
    } catch (error) {
      if (error instanceof Unavailable) return { kind: 'refused', reason: "holds no JSON, as 'as hash' needs" }
      throw error
    }
  }

  #ofRow(cells: readonly Cell[]): Answer {
    const { as, columns, valueBytesMax } = this.#form
    const member = as === 'hash' ? fieldOf : jsonOf
    const members = columns.map(({ name, json }, i) => [name, member(cells[i], json)] as const)
    return answerFromJson(Object.fromEntries(members), as, valueBytesMax)
  }
}

const notModified = (validator: string): Answer => ({ kind: 'not-modified', validator })

const bytesOf = (cell: Cell): Buffer => (Buffer.isBuffer(cell) ? cell : Buffer.from(String(cell)))

/** A field is what the database digested: the text, or the bytes, and nothing made of it. */
const fieldOf = (cell: Cell): Buffer | null => (cell === null ? null : bytesOf(cell))

/** Numbers that JSON's cannot hold without loss are text. */
function jsonOf(cell: Cell, kind: JsonKind): unknown {
  if (cell === null) return null
  if (kind === 'base64') return bytesOf(cell).toString('base64')
  const text = Buffer.isBuffer(cell) ? cell.toString() : String(cell)
  if (kind === 'json') return parseJson(bytesOf(cell))
  if (kind === 'boolean') return text === 'true' || text === '1'
  if (kind === 'text' || !isNumber.test(text)) return text
  const number = Number(text)
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number
}
