import { Stage } from './support/stage.js'

test('a replica gets the dataset, and then what changes', () => {
  const stage = new Stage(1, 2)
  const [primary, replica] = stage.nodes
  primary.write(['SET', 'a', '1'])
  stage.follow(1, 0)
  stage.until(() => replica.isUp)
  primary.write(['SET', 'b', '2'], ['SET', 'c', '3'])
  stage.settle()
  expect(replica.dataset).toEqual(primary.dataset)
  expect(replica.logged).toContain('MASTER <-> REPLICA sync: Finished with success')
  expect(replica.gates).toEqual({ isReplica: true, isLinkDown: false, isTooFew: false })
  expect(replica.replication.role()).toEqual({
    kind: 'replica',
    host: '127.0.0.1',
    port: 7000,
    link: 'connected',
    offset: primary.replication.history.offset,
  })
  stage.until(() => {
    const role = primary.replication.role()
    return role.kind === 'primary' && role.replicas[0]?.offset === role.offset
  })
})

test.each([2, 3, 4, 5, 6, 7, 8, 9])(
  'cut links are gone on with: 40 cuts under writes, one full resync (seed %i)',
  (seed) => {
    const stage = new Stage(seed, 4)
    const [primary, near, chained, last] = stage.nodes
    stage.follow(1, 0)
    stage.until(() => near.isUp)
    stage.follow(2, 1)
    stage.follow(3, 2)
    stage.until(() => chained.isUp && last.isUp)
    for (let cut = 0; cut < 40; cut++) {
      for (let i = stage.random.below(30); i > 0; i--) {
        const words = ['SET', `k${stage.random.below(50)}`, `v${cut}:${i}`]
        if (stage.random.below(4) === 0) primary.write(words, ['INCR', 'n'])
        else primary.write(words)
        if (stage.random.below(3) === 0) stage.turn()
      }
      stage.network.cutOne()
      if (stage.random.below(3) === 0) stage.pass(stage.random.below(300))
    }
    stage.settle()
    for (const node of [near, chained, last]) expect(node.dataset).toEqual(primary.dataset)
    expect(primary.statistics.fullResyncs).toBe(1)
    expect(near.statistics.fullResyncs).toBe(1)
    expect(chained.statistics.fullResyncs).toBe(1)
    expect(primary.statistics.partialResyncs).toBeGreaterThan(0)
  },
)

test('a replica whose clients are paused reads what comes, and applies it when the pause is over', () => {
  const stage = new Stage(11, 2)
  const [primary, replica] = stage.nodes
  stage.follow(1, 0)
  stage.until(() => replica.isUp)
  stage.settle()
  const { link } = replica.replication
  const { applied } = link!
  replica.pause.isActive = true
  primary.write(['SET', 'a', '1'])
  stage.until(() => link!.received >= primary.replication.history.offset)
  expect([replica.dataset, link!.applied]).toEqual([[], applied])
  replica.pause.end()
  expect(replica.dataset).toEqual(['SET a 1'])
  expect(link!.applied).toBe(link!.received)
  expect(primary.statistics.fullResyncs).toBe(1)
})

test('without enough backlog the whole dataset comes again', () => {
  const stage = new Stage(5, 2)
  const [primary, replica] = stage.nodes
  primary.settings.replBacklogSize = 16 * 1024
  stage.follow(1, 0)
  stage.until(() => replica.isUp)
  stage.network.cutOne()
  for (let i = 0; i < 2000; i++) primary.write(['SET', `key:${i}`, 'x'.repeat(100)])
  stage.settle()
  expect(replica.dataset).toEqual(primary.dataset)
  expect(primary.statistics.fullResyncs).toBe(2)
  // the first one was asked for by an id that the primary does not know
  expect(primary.statistics.refusedPartialResyncs).toBe(2)
})

test('a promoted replica is followed by the others without a full resync', () => {
  const stage = new Stage(6, 3)
  const [first, second, third] = stage.nodes
  first.write(['SET', 'a', '1'])
  stage.follow(1, 0)
  stage.follow(2, 0)
  stage.until(() => second.isUp && third.isUp)
  first.write(['SET', 'b', '1'])
  stage.settle()
  second.replication.promote('test')
  second.write(['SET', 'c', '1'])
  stage.follow(2, 1)
  stage.follow(0, 1)
  stage.settle()
  second.write(['SET', 'd', '1'])
  stage.settle()
  expect(second.dataset).toEqual(['SET a 1', 'SET b 1', 'SET c 1', 'SET d 1'])
  expect(first.dataset).toEqual(second.dataset)
  expect(third.dataset).toEqual(second.dataset)
  expect(second.statistics.fullResyncs).toBe(0)
  expect(second.gates.isReplica).toBe(false)
})

test('a former primary that wrote more than was known gets the whole dataset', () => {
  const stage = new Stage(7, 2)
  const [first, second] = stage.nodes
  stage.follow(1, 0)
  stage.until(() => second.isUp)
  second.replication.promote('test')
  first.write(['SET', 'lost', '1'])
  second.write(['SET', 'kept', '1'])
  stage.follow(0, 1)
  stage.settle()
  expect(first.dataset).toEqual(['SET kept 1'])
  expect(second.statistics.fullResyncs).toBe(1)
})

test('FAILOVER hands the role over when the replica has all', () => {
  const stage = new Stage(8, 3)
  const [first, second, third] = stage.nodes
  stage.follow(1, 0)
  stage.follow(2, 0)
  stage.until(() => second.isUp && third.isUp)
  first.write(['SET', 'a', '1'])
  first.replication.failOver({ target: { host: '127.0.0.1', port: 7002 }, timeoutMs: 0, isForced: false })
  expect(first.replication.failover.state).toBe('waiting-for-sync')
  stage.until(() => first.isUp)
  expect(first.replication.failover.state).toBe('no-failover')
  expect(third.replication.isReplica).toBe(false)
  expect(third.logged).toContainEqual(expect.stringContaining('MASTER MODE enabled (failover request'))
  third.write(['SET', 'b', '1'])
  stage.settle()
  expect(first.dataset).toEqual(['SET a 1', 'SET b 1'])
  expect(second.dataset).toEqual(first.dataset) // chained behind the former primary
  expect(third.statistics.fullResyncs).toBe(0)
})

test('FAILOVER gives up when its time is over, and can be called off', () => {
  const stage = new Stage(9, 2)
  const [first, second] = stage.nodes
  stage.follow(1, 0)
  stage.until(() => second.isUp)
  const { replication } = first
  replication.failOver({ target: null, timeoutMs: 500, isForced: false })
  expect(() => replication.failOver({ target: null, timeoutMs: 0, isForced: false })).toThrow()
  replication.abortFailover()
  expect(first.logged.at(-1)).toBe('FAILOVER to any replica aborted: Failover manually aborted')
  expect(replication.failover.state).toBe('no-failover')
  first.write(['SET', 'a', '1']) // of which the replica has not said that it has it
  replication.failOver({ target: null, timeoutMs: 500, isForced: false })
  first.clock.advance(499)
  expect(replication.failover.state).toBe('waiting-for-sync')
  first.clock.advance(1)
  expect(replication.failover.state).toBe('no-failover')
  expect(first.logged.at(-1)).toBe('FAILOVER to any replica aborted: Replica never caught up before timeout')
})

test('the backlog is forgotten after some time without replicas, and the history with it', () => {
  const stage = new Stage(10, 2)
  const [primary, replica] = stage.nodes
  primary.settings.replBacklogTtl = 5
  stage.follow(1, 0)
  stage.until(() => replica.isUp)
  const { id } = primary.replication.history
  replica.replication.promote('test')
  stage.pass(8000)
  expect(primary.logged).toContain('Replication backlog freed after 5 seconds without connected replicas.')
  expect(primary.replication.history.id).not.toBe(id)
  expect(primary.replication.primary.stream.backlog).toBeNull()
})

test('too few replicas close the gate for writes, until they have said that they are there', () => {
  const stage = new Stage(11, 2)
  const [primary, replica] = stage.nodes
  primary.settings.minReplicasToWrite = 1
  primary.replication.configured()
  expect(primary.gates.isTooFew).toBe(true)
  stage.follow(1, 0)
  stage.until(() => replica.isUp)
  stage.pass(2000)
  expect(primary.gates.isTooFew).toBe(false)
})

test('a silent primary is left, and a silent replica dropped', () => {
  const stage = new Stage(12, 2)
  const [primary, replica] = stage.nodes
  stage.follow(1, 0)
  stage.until(() => replica.isUp)
  primary.settings.replTimeout = 3
  for (let i = 0; i < 6; i++) {
    stage.clock.advance(1000)
    primary.replication.everySecond() // the network stands still
  }
  expect(primary.logged).toContain('Disconnecting timedout replica (streaming sync): 127.0.0.1:7001')
})

test('links, roles and cuts by chance: all have the same at the end', () => {
  for (let seed = 100; seed < 130; seed++) {
    const stage = new Stage(seed, 4)
    const { random } = stage
    let primary = 0
    for (let i = 1; i < 4; i++) stage.follow(i, 0)
    for (let step = 0; step < 60; step++) {
      const chance = random.below(12)
      if (chance < 5) stage.nodes[primary].write(['SET', `k${step}`, `${seed}`])
      else if (chance < 6) stage.network.cutOne()
      else if (chance < 7) {
        stage.settle()
        primary = random.below(4)
        stage.nodes[primary].replication.promote('test')
        for (let i = 0; i < 4; i++) if (i !== primary) stage.follow(i, primary)
      } else stage.pass(random.below(200))
    }
    stage.settle()
    for (const node of stage.nodes) expect([seed, node.dataset]).toEqual([seed, stage.nodes[primary].dataset])
  }
})
