import { InfoSections, humanBytes, safeInfoText, type InfoLine } from '../../src/observe/index.js'

const section = (name: string, ...lines: InfoLine[]) => ({ name, title: name.toUpperCase(), lines: () => lines })

test('sections stand in Redis’s order, those of our own behind them in the order they were added', () => {
  const sections = new InfoSections().add(
    section('zebra'),
    section('keyspace'),
    section('origin'),
    section('server'),
    section('commandstats'),
  )
  expect(sections.render([])).toBe('# SERVER\r\n\r\n# KEYSPACE\r\n\r\n# ZEBRA\r\n\r\n# ORIGIN\r\n')
  expect(sections.render(['all']).match(/[A-Z]+/g)).toEqual(['SERVER', 'COMMANDSTATS', 'KEYSPACE', 'ZEBRA', 'ORIGIN'])
})

test('a section added under the same name takes the place of the first', () => {
  const sections = new InfoSections().add(section('server', ['a', 1])).add(section('server', ['b', 'x']))
  expect(sections.render(['server'])).toBe('# SERVER\r\nb:x\r\n')
})

test('figures are read when they are asked for', () => {
  let count = 0
  const sections = new InfoSections().add({ name: 's', title: 'S', lines: () => [['count', ++count]] })
  expect(sections.render(['S'])).toBe('# S\r\ncount:1\r\n')
  expect(sections.render(['s', 's'])).toBe('# S\r\ncount:2\r\n')
  expect(sections.render(['other'])).toBe('')
  expect(count).toBe(2)
})

test.each([
  [0, '0B'],
  [1023, '1023B'],
  [1024, '1.00K'],
  [1536, '1.50K'],
  [1024 ** 2, '1.00M'],
  [1024 ** 3 * 2.25, '2.25G'],
  [1024 ** 4, '1.00T'],
])('%d bytes are %s', (bytes, text) => {
  expect(humanBytes(bytes)).toBe(text)
})

test('text in INFO cannot break its format', () => {
  expect(safeInfoText('a:b#c\r\nd')).toBe('a_b_c__d')
})
