import { describe, expect, it } from 'vitest';
import { shardRecordPath } from '../../contracts/shard-record.js';
import { digest } from '../support/ledger.js';

const key = { pipeline: 'flights', runIdentity: digest('run'), comparedWith: null, partIndex: 3 };

describe('the place of a part’s record', () => {
  it('is one for each publication that decisions were compared with, whatever its identity is made of', () => {
    const places = [null, 'flights/rollback/1', 'flights-rollback/1', 'flights/rollback-1', 'flights/rollback/1 '].map(
      (comparedWith) => shardRecordPath({ ...key, comparedWith }),
    );
    expect(new Set(places).size).toBe(places.length);
    expect(places[0]).toBe(`shards/flights/${digest('run')}/new/00000003.json`);
    // printf flights/rollback/1 | sha256sum
    expect(places[1]).toBe(`shards/flights/${digest('run')}/over-02e09786ec2f/00000003.json`);
  });
});
