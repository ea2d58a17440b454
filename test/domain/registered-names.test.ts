import { expect, it } from 'vitest';
import { findSharedNames } from '../../domain/registered-names.js';

it('finds every pipeline that takes the registered model of one before it', () => {
  const definitions = [
    { name: 'flights', registeredName: 'flights' },
    { name: 'trains', registeredName: 'flights' },
    { name: 'ships', registeredName: 'ships' },
    { name: 'buses', registeredName: 'flights' },
  ];
  expect(findSharedNames(definitions).map(({ field, found }) => [field, found])).toEqual([
    ['registeredName of trains', '"flights", the registered model of flights'],
    ['registeredName of buses', '"flights", the registered model of flights'],
  ]);
  expect(findSharedNames(definitions.filter(({ name }) => name === 'flights' || name === 'ships'))).toEqual([]);
});
