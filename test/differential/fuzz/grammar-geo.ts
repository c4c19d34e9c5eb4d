import { countsOf, form, plain, type Form, type Step } from './forms.js'
import { geoKey } from './material.js'
import {
  Phrase,
  all,
  anyOrder,
  literal,
  maybe,
  oneOf,
  piece,
  repeat,
  token,
  type Context,
  type Piece,
} from './phrase.js'

const memberText = (phrase: Phrase): string =>
  phrase.chance(97) ? `g${phrase.random.below(60)}` : phrase.pick(['', '\x00\xff', 'x'.repeat(65)])

const member = piece((phrase) => phrase.push(memberText(phrase)))

/** All over the earth, or in one town. */
function placeTexts(phrase: Phrase): [longitude: string, latitude: string] {
  const part = (): number => phrase.random.below(1_000_000) / 1_000_000
  if (phrase.chance(3))
    return [phrase.pick(['180', '-180', '0', '-0']), phrase.pick(['85.05112878', '-85.05112878', '0'])]
  if (phrase.chance(60)) return [(13 + part()).toFixed(6), (52 + part() / 2).toFixed(6)]
  return [(part() * 360 - 180).toFixed(5), (part() * 170 - 85).toFixed(5)]
}

const place = piece((phrase) => placeTexts(phrase).forEach((text) => phrase.push(text)))
const length = piece((phrase) => {
  const sizes = [1, 500, 10_000, 50_000, 300_000, 5_000_000, 40_000_000]
  phrase.push(String(phrase.pick(sizes) + phrase.random.below(1000) / 8))
})
const unit = oneOf(token('M'), token('KM'), token('FT'), token('MI'))
const order = maybe(oneOf(token('ASC'), token('DESC')), 50)
const positive = piece((phrase) => phrase.push(String(phrase.between(1, 30))))
const count = maybe(all(token('COUNT'), positive, maybe(token('ANY'), 50)), 50)
const details = anyOrder(maybe(token('WITHDIST')), maybe(token('WITHHASH')), maybe(token('WITHCOORD')))

const from = oneOf(all(token('FROMMEMBER'), member), all(token('FROMLONLAT'), place))
const by = oneOf(all(token('BYRADIUS'), length, unit), all(token('BYBOX'), length, length, unit))
const shape = anyOrder(from, by, order, count)

/** Options that other forms draw already, and count. */
const uncounted = (part: Piece): Piece => ({ tokens: [], write: (phrase) => part.write(phrase) })
const rest = uncounted(anyOrder(order, count))

/**
 * Stores distances, asks for what is the same in both, and deletes them: their last digits are those of the sine that the
 * C library, or V8, computes.
 */
function storesDistances(name: string, source: Piece, option: string): Form {
  return {
    name,
    tokens: [option],
    weight: 5,
    make(context: Context): Step {
      const phrase = new Phrase(context)
      phrase.push(name)
      source.write(phrase)
      const requests = [phrase.args, plain('ZCARD', 'distances'), plain('DEL', 'distances')]
      return { requests, replies: [0, 1, 2], counts: countsOf(name, [option]) }
    },
  }
}

const storeDistances = all(literal('STOREDIST'), literal('distances'))

export const geoForms: readonly Form[] = [
  form('GEOADD', [
    geoKey,
    anyOrder(maybe(oneOf(token('NX'), token('XX'))), maybe(token('CH'))),
    repeat(all(place, member), 1, 8),
  ], { weight: 50 }),
  form('GEODIST', [geoKey, member, member, maybe(unit, 80)], { weight: 20 }),
  form('GEOHASH', [geoKey, repeat(member, 1, 4)]),
  form('GEOPOS', [geoKey, repeat(member, 1, 4)]),
  form('GEORADIUS', [geoKey, place, length, unit, anyOrder(order, count), details], { weight: 18 }),
  form('GEORADIUS', [geoKey, place, length, uncounted(unit), rest, token('STORE'), geoKey], { weight: 5 }),
  form('GEORADIUS_RO', [geoKey, place, length, unit, anyOrder(order, count), details], { weight: 18 }),
  form('GEORADIUSBYMEMBER', [geoKey, member, length, unit, anyOrder(order, count), details], { weight: 18 }),
  form('GEORADIUSBYMEMBER', [geoKey, member, length, uncounted(unit), rest, token('STORE'), geoKey], { weight: 10 }),
  form('GEORADIUSBYMEMBER_RO', [geoKey, member, length, unit, anyOrder(order, count), details], { weight: 25 }),
  form('GEOSEARCH', [geoKey, anyOrder(shape, details)], { weight: 30 }),
  form('GEOSEARCHSTORE', [geoKey, geoKey, shape], { weight: 15 }),
  storesDistances('GEORADIUS', all(geoKey, place, length, literal('km'), storeDistances), 'STOREDIST'),
  storesDistances('GEORADIUSBYMEMBER', all(geoKey, member, length, literal('km'), storeDistances), 'STOREDIST'),
  storesDistances('GEOSEARCHSTORE', all(literal('distances'), geoKey, from, by, literal('STOREDIST')), 'STOREDIST'),
] // prettier-ignore
