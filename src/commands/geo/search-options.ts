import { errorReply, int64Max, syntaxError, type Slice } from '../../base/index.js'
import { integer, printed, type Call } from '../../command/index.js'
import type { SortedSetValue } from '../../values/index.js'
import type { Shape } from './areas.js'
import type { Place } from './geohash.js'
import { placeIn } from './places.js'
import { readPlace, readRadius, readSides, readUnit } from './units.js'

const countNotPositive = errorReply('COUNT must be > 0')
const anyNeedsCount = errorReply('the ANY argument requires COUNT argument')
const noSuchMember = errorReply('could not decode requested zset member')
const storesNoDetails = (what: string) =>
  errorReply(`${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`)

/** What a command that searches places is from its name. */
export interface Dialect {
  /** The center and the radius stand before the options (GEORADIUS), or are options (GEOSEARCH). */
  readonly center: 'place' | 'member' | 'option'
  /** Index of the argument that is the source's key. */
  readonly source: number
  /** The result is stored under the first key, or under one that an option names, or not at all. */
  readonly stores: 'always' | 'option' | 'never'
}

/** What is searched, and how the reply is made. */
export class Search {
  center: Place | null = null
  unitMetres = 0
  size: Shape['size'] | null = null
  withDistance = false
  withHash = false
  withPlace = false
  order: 'none' | 'ascending' | 'descending' = 'none'
  /** 0 for all. */
  count = 0
  /** The first that are found will do. */
  any = false
  /** Index of the key under which to store the result; 0 for none. */
  storeAt = 0
  storesDistance = false

  get shape(): Shape {
    return { center: this.center!, unitMetres: this.unitMetres, size: this.size! }
  }
}

/** Where the center may be read from, and whether one was. */
class Reader {
  readonly #call: Call
  readonly #dialect: Dialect
  readonly #set: SortedSetValue | null
  readonly search = new Search()
  #from: 'member' | 'place' | null = null
  #by: 'radius' | 'box' | null = null

  constructor(call: Call, dialect: Dialect, set: SortedSetValue | null) {
    this.#call = call
    this.#dialect = dialect
    this.#set = set
    if (dialect.stores === 'always') this.search.storeAt = 1
  }

  read(): Search {
    this.#readOptions(this.#readFixed())
    this.#check()
    return this.search
  }

  /** Reads what stands before the options, and returns where these begin. */
  #readFixed(): number {
    const { args } = this.#call
    const { center, source } = this.#dialect
    const { search } = this
    if (center === 'option') return source + 1
    const first = center === 'place' ? 4 : 3
    if (center === 'place') search.center = readPlace(args.at(2), args.at(3))
    // of a missing key Redis reads no more than the options
    else if (this.#set !== null) search.center = this.#placeOf(args.at(2))
    else return first + 2
    this.#readRadius(first)
    return first + 2
  }

  #placeOf(member: Slice): Place | null {
    if (this.#set === null) return null
    const place = placeIn(this.#set, member)
    if (place === null) throw noSuchMember
    return place
  }

  #readRadius(at: number): void {
    const { args } = this.#call
    const radius = readRadius(args.at(at))
    this.search.unitMetres = readUnit(args.at(at + 1))
    this.search.size = { radius }
  }

  #readOptions(first: number): void {
    const { args } = this.#call
    const { stores } = this.#dialect
    const { search } = this
    for (let i = first; i < args.count; i++) {
      const option = args.at(i)
      const behind = args.count - i - 1
      if (option.is('WITHDIST')) search.withDistance = true
      else if (option.is('WITHHASH')) search.withHash = true
      else if (option.is('WITHCOORD')) search.withPlace = true
      else if (option.is('ANY')) search.any = true
      else if (option.is('ASC')) search.order = 'ascending'
      else if (option.is('DESC')) search.order = 'descending'
      else if (option.is('COUNT') && behind > 0) search.count = this.#readCount(args.at(++i))
      else if (stores === 'option' && behind > 0 && (option.is('STORE') || option.is('STOREDIST'))) {
        search.storeAt = ++i
        search.storesDistance = option.is('STOREDIST')
      } else if (stores === 'always' && option.is('STOREDIST')) search.storesDistance = true
      else {
        const taken = this.#dialect.center === 'option' ? this.#readShape(option, i, behind) : 0
        if (taken === 0) throw syntaxError
        i += taken
      }
    }
  }

  #readCount(slice: Slice): number {
    const count = integer(slice)
    if (count <= 0) throw countNotPositive
    return Math.min(count, Number(int64Max))
  }

  /** Reads what GEOSEARCH is told of its shape; returns how many arguments that took behind the option. */
  #readShape(option: Slice, i: number, behind: number): number {
    const { args } = this.#call
    const { search } = this
    if (option.is('FROMMEMBER') && behind >= 1 && this.#from !== 'place') {
      search.center = this.#placeOf(args.at(i + 1))
      this.#from = 'member'
      return 1
    }
    if (option.is('FROMLONLAT') && behind >= 2 && this.#from !== 'member') {
      search.center = readPlace(args.at(i + 1), args.at(i + 2))
      this.#from = 'place'
      return 2
    }
    if (option.is('BYRADIUS') && behind >= 2 && this.#by !== 'box') {
      this.#readRadius(i + 1)
      this.#by = 'radius'
      return 2
    }
    if (option.is('BYBOX') && behind >= 3 && this.#by !== 'radius') {
      search.size = readSides(args.at(i + 1), args.at(i + 2))
      search.unitMetres = readUnit(args.at(i + 3))
      this.#by = 'box'
      return 3
    }
    return 0
  }

  #check(): void {
    const { search } = this
    const { center, stores } = this.#dialect
    const isDetailed = search.withDistance || search.withHash || search.withPlace
    if (search.storeAt !== 0 && isDetailed) {
      throw storesNoDetails(stores === 'always' ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS')
    }
    const name = printed(this.#call.args.at(0))
    if (center === 'option' && this.#from === null) {
      throw errorReply(`exactly one of FROMMEMBER or FROMLONLAT can be specified for ${name}`)
    }
    if (center === 'option' && this.#by === null) {
      throw errorReply(`exactly one of BYRADIUS and BYBOX can be specified for ${name}`)
    }
    if (search.any && search.count === 0) throw anyNeedsCount
  }
}

/**
 * Reads what a command that searches places was told; `set` is what its source holds.
 *
 * @throws {ReplyError}
 */
export const readSearch = (call: Call, dialect: Dialect, set: SortedSetValue | null): Search =>
  new Reader(call, dialect, set).read()
