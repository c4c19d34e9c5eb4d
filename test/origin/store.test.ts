import { Unavailable } from '../../src/origin/store.js'

test('a failure of an origin has no stack, which would cost more than all else; other errors keep theirs', () => {
  expect(new Unavailable('gone').stack).toBe('Unavailable: gone')
  expect(new Error('a bug').stack).toMatch(/\n {4}at /)
})
