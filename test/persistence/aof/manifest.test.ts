import { Manifest, ManifestError } from '../../../src/persistence/aof/manifest.js'

const text = (...lines: string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1')

test('an empty manifest gets files to append to and bases, numbered on, and the old ones are history', () => {
  let manifest = new Manifest().withBase('a.aof', 'rdb', 0).withIncrement('a.aof')
  expect(manifest.toString()).toBe('file a.aof.1.base.rdb seq 1 type b\nfile a.aof.1.incr.aof seq 1 type i\n')
  manifest = manifest.withIncrement('a.aof')
  expect(manifest.last?.name).toBe('a.aof.2.incr.aof')
  manifest = manifest.withBase('a.aof', 'aof', 1)
  expect(manifest.toString()).toBe(
    'file a.aof.2.base.aof seq 2 type b\n' +
      'file a.aof.1.incr.aof seq 1 type h\n' +
      'file a.aof.1.base.rdb seq 1 type h\n' +
      'file a.aof.2.incr.aof seq 2 type i\n',
  )
  expect(manifest.loaded.map(({ name }) => name)).toEqual(['a.aof.2.base.aof', 'a.aof.2.incr.aof'])
  expect(Manifest.parse(text(manifest.withoutHistory().toString().trimEnd())).withIncrement('a.aof').last?.name).toBe(
    'a.aof.3.incr.aof',
  )
})

test('names with spaces and quotes are quoted, and read back', () => {
  const name = 'a "b" \n\x00\xff.aof'
  const manifest = new Manifest().withIncrement(name)
  expect(manifest.toString()).toBe('file "a \\"b\\" \\n\\x00\\xff.aof.1.incr.aof" seq 1 type i\n')
  expect(Manifest.parse(Buffer.from(manifest.toString(), 'latin1')).last?.name).toBe(`${name}.1.incr.aof`)
})

test('comments, further pairs, white space and any order are read', () => {
  const manifest = Manifest.parse(
    text('# a comment', ' seq 2 FILE x.2.incr.aof type i colour red \r', 'type base file b seq 7'),
  )
  expect([manifest.base, manifest.last]).toEqual([
    { name: 'b', sequence: 7, part: 'base' },
    { name: 'x.2.incr.aof', sequence: 2, part: 'incr' },
  ])
})

test.each([
  ['Found an empty AOF manifest', 0, []],
  ['Invalid AOF manifest file format', 1, ['']],
  ['Invalid AOF manifest file format', 1, ['file a seq 1']],
  ['Invalid AOF manifest file format', 1, ['file a seq 1 type i odd']],
  ['Invalid AOF manifest file format', 1, ['file "a seq 1 type i']],
  ['Invalid AOF manifest file format', 1, ['file a seq none type i']],
  ["File can't be a path, just a filename", 1, ['file ../a seq 1 type i']],
  ['Found duplicate base file information', 2, ['file a seq 1 type b', 'file c seq 2 type b']],
  ['Found a non-monotonic sequence number', 2, ['file a seq 2 type i', 'file c seq 2 type i']],
  ['Unknown AOF file type', 1, ['file a seq 1 type x']],
  ['The AOF manifest file contains too long line', 1, [`file ${'a'.repeat(1024)} seq 1 type i`]],
])('%s, at line %i', (message, line, lines) => {
  const problem = ((): unknown => {
    try {
      return Manifest.parse(text(...lines))
    } catch (error) {
      return error
    }
  })()
  expect(problem).toBeInstanceOf(ManifestError)
  expect([(problem as ManifestError).message, (problem as ManifestError).line]).toEqual([message, line])
})

test('a last line without its end is none', () => {
  expect(() => Manifest.parse(Buffer.from('file a seq 1 type i'))).toThrow('too long line')
})
