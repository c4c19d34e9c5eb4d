import { run } from './running-example.js'

test('the embedded server prints prices that follow their source', () => {
  expect(run('embedded.mjs')).toBe('coffee costs 2.80\nnow it costs 3.10\nnobody sells null\n')
})

test('the HTTP origin moves a body once for three reads, and is served after its death', () => {
  expect(run('http-origin.mjs')).toBe(
    'Welcome\nWelcome\nWelcome\nthree reads, each confirmed by the API, moved its body 1 time(s)\n' +
      'Welcome back\nthe API is gone: Welcome back\n',
  )
})
