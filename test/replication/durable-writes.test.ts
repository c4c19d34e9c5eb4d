import { describeWithRedis, startServer } from '../support/servers.js'
import { Asker, caughtUp, until } from './support/asking.js'

const options = ['--repl-diskless-sync-delay', '0']

describeWithRedis('WAIT and WAITAOF', () => {
  test('count replicas that have the write, and those that have it on disk', async () => {
    const primary = await startServer('truedis', [...options, '--appendonly', 'yes', '--appendfsync', 'everysec'])
    const replica = await startServer('truedis', ['--appendonly', 'yes', '--appendfsync', 'everysec'])
    const asker = await Asker.open(primary.port)
    const other = await Asker.open(replica.port)
    try {
      await other.ask('REPLICAOF', '127.0.0.1', primary.port)
      await caughtUp(other, asker)
      await asker.ask('SET', 'k', 'v')
      expect(await asker.ask('WAIT', 1, 0)).toBe(':1\r\n')
      expect(await asker.ask('WAIT', 5, 50)).toBe(':1\r\n')
      await asker.ask('SET', 'k', 'w')
      expect(await asker.ask('WAITAOF', 1, 1, 0)).toBe('*2\r\n:1\r\n:1\r\n')
      expect(await other.ask('WAIT', 1, 0)).toMatch(/^-ERR WAIT cannot be used with replica instances/)
      expect(await asker.pipeline([['MULTI'], ['WAIT', 3, 0], ['EXEC']])).toHaveLength(3) // nobody waits in a transaction
    } finally {
      asker.close()
      other.close()
      await primary.stop()
      await replica.stop()
    }
  }, 60_000)
})

describeWithRedis('a replica that asks too little or too much', () => {
  test('a lying replica is one line in the log, and the primary goes on', async () => {
    const primary = await startServer('truedis', options)
    const asker = await Asker.open(primary.port)
    const liar = await Asker.open(primary.port)
    try {
      expect(await liar.ask('PSYNC', '?', 'x')).toBe('-ERR value is not an integer or out of range\r\n')
      expect(await liar.ask('REPLCONF', 'listening-port')).toBe('-ERR syntax error\r\n')
      expect(await liar.ask('REPLCONF', 'nonsense', '1')).toBe('-ERR Unrecognized REPLCONF option: nonsense\r\n')
      expect(await liar.ask('PSYNC', 'x'.repeat(40), '9007199254740993')).toMatch(/^\+FULLRESYNC [0-9a-f]{40} 0\r\n/)
      await until('the id is not known', async () => primary.output().includes('Replication ID mismatch'))
      expect(await asker.ask('PING')).toBe('+PONG\r\n')
      void liar.ask('GET', 'k').catch(() => {}) // its reply would stand in the midst of the stream
      await until('it is sent away', async () => primary.output().includes('disconnecting it: id='))
      expect(primary.output()).toMatch(
        /sending an error to its replica: 'ERR Replica can't interact with the keyspace' after/,
      )
      expect(primary.output()).toMatch(/Replica generated a reply to command 'get', disconnecting it: id=/)
      expect(await asker.ask('PING')).toBe('+PONG\r\n')
    } finally {
      asker.close()
      liar.close()
      await primary.stop()
    }
  }, 60_000)
})
