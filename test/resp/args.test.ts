import { Region, Slice } from '../../src/base/index.js'
import { Args, RequestParser } from '../../src/resp/index.js'

test('a region that is given up is not kept by the slices of former requests', () => {
  const parser = new RequestParser({ bulkBytesMax: 1 << 29 })
  const large = Slice.from('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n')
  const small = Slice.from('*2\r\n$3\r\nGET\r\n$1\r\nk\r\n')
  parser.parse(large.region, 0, large.length)
  parser.parse(small.region, 0, small.length)
  parser.args.release(large.region)
  expect([0, 1, 2].filter((index) => parser.args.at(index).region === large.region)).toEqual([])
  expect(parser.args.toBuffers().map(String)).toEqual(['GET', 'k'])
})

test('more slices than are pooled are let go again', () => {
  const args = new Args()
  args.reserve(10_000)
  args.reserve(2)
  expect(args.at(9_999)).toBeUndefined()
  expect(args.at(1).region).toBeInstanceOf(Region)
})
