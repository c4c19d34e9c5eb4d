import { codeOf, masked } from '../../src/origin/secrets.js'

test.each([
  ['redis://:pa/ss@h:6379/0', 'redis://***@h:6379/0'],
  ['rediss+cluster://user:p@/s?s#@h#app:{1}', 'rediss+cluster://***@h#app:{1}'],
  ['redis://h#app:{1}', 'redis://h#app:{1}'],
  ['s3://id:se/cr+et@bucket/x', 's3://***@bucket/x'],
  ['s3://bucket/a:b@{1}', 's3://bucket/a:b@{1}'],
  ['postgres://u:p@h/d?table=t', 'postgres://***@h/d?table=t'],
  ['http://h/{1}@v', 'http://h/{1}@v'],
  ['https://u:${PASSWORD}@h/{1}', 'https://***@h/{1}'],
])('%s is shown as %s', (url, shown) => {
  expect(masked(url, 'url')).toBe(shown)
})

test.each([
  ['header', 'Authorization: Bearer secret', 'Authorization: ***'],
  ['webhook-secret', 'secret', '***'],
  ['ca', '@/etc/secret', '***'],
])('of %s %j is shown as %j', (name, value, shown) => {
  expect(masked(value, name)).toBe(shown)
})

test.each([
  [Object.assign(new Error('/home/me: no such file'), { code: 'ENOENT' }), 'ENOENT'],
  [new TypeError('x is not a function'), 'TypeError'],
  [new Error('password is hunter2'), 'failed'],
  [Object.assign(new Error('x'), { name: 'password is hunter2' }), 'failed'],
  [null, 'failed'],
])('%p, thrown by a store, is told as %s', (error, told) => {
  expect(codeOf(error)).toBe(told)
})
