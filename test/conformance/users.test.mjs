// Apify's own JavaScript client: users, their limits, and several accounts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApifyClient } from 'apify-client';
import { folder, serve } from './program.mjs';

let server;
let local;
let eve;

before(async () => {
    server = await serve(await folder('users'), 'conformance-token', '--token', 'eve=another-token');
    const client = (token) => new ApifyClient({ baseUrl: server.url, token, maxRetries: 1 });
    [local, eve] = [client('conformance-token'), client('another-token')];
});

after(async () => {
    assert.equal(await server.stop(), 0);
});

test('user: get, of oneself and of others', async () => {
    const me = await eve.user().get();
    assert.equal(me.username, 'eve');
    assert.equal(typeof me.id, 'string');
    assert.equal(typeof me.plan.id, 'string');
    assert.equal(typeof me.email, 'string');
    assert.ok(Array.isArray(me.proxy.groups));
    assert.equal(me.effectivePlatformFeatures.STORAGE.isEnabled, true);
    assert.equal((await local.user('eve').get()).username, 'eve');
    assert.equal((await local.user(me.id).get()).username, 'eve');
});

test('user: limits, updateLimits, monthlyUsage', async () => {
    const limits = await eve.user().limits();
    assert.ok(limits.monthlyUsageCycle.startAt instanceof Date);
    assert.equal(typeof limits.limits.dataRetentionDays, 'number');
    assert.equal(limits.current.actorCount, 0);
    await eve.user().updateLimits({ dataRetentionDays: 30, maxMonthlyUsageUsd: 5 });
    const updated = await eve.user().limits();
    assert.equal(updated.limits.dataRetentionDays, 30);
    assert.equal(updated.limits.maxMonthlyUsageUsd, 5);
    assert.notEqual((await local.user().limits()).limits.dataRetentionDays, 30);
    const usage = await eve.user().monthlyUsage();
    assert.ok(usage.usageCycle.endAt instanceof Date);
    assert.deepEqual(usage.dailyServiceUsages, []);
});

test('storages of accounts are apart until they are shared', async () => {
    const hers = await eve.datasets().getOrCreate('same');
    const mine = await local.datasets().getOrCreate('same');
    assert.notEqual(hers.id, mine.id);
    await eve.dataset(hers.id).pushItems({ n: 1 });
    await assert.rejects(local.dataset(hers.id).listItems(), { statusCode: 403, type: 'insufficient-permissions' });
    await eve.dataset(hers.id).update({ generalAccess: 'ANYONE_WITH_ID_CAN_READ' });
    assert.deepEqual((await local.dataset(hers.id).listItems()).items, [{ n: 1 }]);
    await assert.rejects(local.dataset(hers.id).pushItems({}), { statusCode: 403 });
    await eve.dataset(hers.id).update({ generalAccess: 'ANYONE_WITH_NAME_CAN_READ' });
    assert.deepEqual((await local.dataset('eve/same').listItems()).items, [{ n: 1 }]);
});
