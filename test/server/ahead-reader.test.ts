import { Region } from '../../src/base/index.js'
import { RequestParser } from '../../src/resp/index.js'
import { AheadReader } from '../../src/server/ahead-reader.js'

const request = (i: number): string => {
  const key = `key ${i}`
  return `*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`
}

function setup(count: number) {
  const bytes = Buffer.from(Array.from({ length: count }, (_, i) => request(i)).join(''))
  const parser = new RequestParser({ bulkBytesMax: 1024 })
  let parses = 0
  const parse = parser.parse.bind(parser)
  parser.parse = (...args) => (parses++, parse(...args))
  const reader = new AheadReader(parser, (position) => position)
  return { bytes, region: Region.copyOf(bytes), reader, parses: () => parses, request: request(0).length }
}

test('requests are read in order, each with the moment its last byte came', () => {
  const { region, bytes, reader, request: length } = setup(3)
  reader.open(region, 0, bytes.length - 1, 1000 + bytes.length - 1, 7)
  reader.skip(1)
  expect(reader.next()?.at(1).toLatin1()).toBe('key 1')
  expect(reader.arrivedAtMs).toBe(1000 + 2 * length)
  expect(reader.next()).toBe(null) // the third is not complete
})

test('a long pipeline is read once, however often it is looked at while it is executed', () => {
  const { region, bytes, reader, parses, request: length } = setup(9)
  let read = 0
  // each time one more was executed, and one more is looked at ahead
  for (let executed = 0; executed < 5; executed++) {
    reader.open(region, executed * length, bytes.length, bytes.length, executed)
    reader.skip(executed === 0 ? 1 : read + 1 - executed)
    expect(reader.next()?.at(1).toLatin1()).toBe(`key ${read + 1}`)
    read++
  }
  expect(parses()).toBe(1 + 5)
})

test('what was not remembered is passed over one by one', () => {
  const { region, bytes, reader } = setup(9)
  reader.open(region, 0, bytes.length, bytes.length, 0)
  reader.skip(4)
  expect(reader.next()?.at(1).toLatin1()).toBe('key 4')
  reader.skip(1)
  expect(reader.next()?.at(1).toLatin1()).toBe('key 6')
})

test('blank lines are no requests, and an error is left for its turn', () => {
  const bytes = Buffer.from('\r\nPING\r\n\r\nECHO x\r\n*1\r\n!')
  const { reader } = setup(0)
  reader.open(Region.copyOf(bytes), 0, bytes.length, bytes.length, 0)
  expect(reader.next()?.at(0).toLatin1()).toBe('PING')
  expect(reader.next()?.at(0).toLatin1()).toBe('ECHO')
  expect(reader.next()).toBe(null)
})
