// Apify's own JavaScript client: what a dataset does beyond storing items.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApifyClient } from 'apify-client';
import { folder, serve } from './program.mjs';

let server;
let client;

before(async () => {
    server = await serve(await folder('dataset'), 'conformance-token');
    client = new ApifyClient({ baseUrl: server.url, token: 'conformance-token', publicBaseUrl: server.url, maxRetries: 1 });
});

after(async () => {
    assert.equal(await server.stop(), 0);
});

const schema = {
    actorSpecification: 1,
    fields: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, price: { type: 'number' } } },
    views: { names: { title: 'Names', transformation: { fields: ['name'] }, display: { component: 'table' } } },
};

test('a schema: validation, views, statistics', async () => {
    const { id, schema: kept } = await client.datasets().getOrCreate('typed', { schema });
    assert.deepEqual(kept, schema);
    const dataset = client.dataset(id);
    await dataset.pushItems([{ name: 'one', price: 1 }, { name: 'three', price: 3 }]);
    await assert.rejects(dataset.pushItems([{ name: 'fine' }, { price: '2' }]), (error) => {
        assert.equal(error.statusCode, 400);
        assert.equal(error.type, 'schema-validation-error');
        assert.deepEqual(error.data.invalidItems.map((item) => item.itemPosition), [1]);
        const [first] = error.data.invalidItems[0].validationErrors;
        for (const member of ['instancePath', 'schemaPath', 'keyword', 'message']) assert.equal(typeof first[member], 'string');
        return true;
    });
    assert.deepEqual((await dataset.listItems({ view: 'names' })).items, [{ name: 'one' }, { name: 'three' }]);
    assert.deepEqual((await dataset.getStatistics()).fieldStatistics, {
        name: { min: 3, max: 5, nullCount: 0, emptyCount: 0 },
        price: { min: 1, max: 3, nullCount: 0, emptyCount: 0 },
    });
});

test('createItemsPublicUrl: opens the items without a token, for as long as it says', async () => {
    const { id } = await client.datasets().getOrCreate('signed');
    await client.dataset(id).pushItems({ n: 1 });
    const asked = async (url) => {
        const answer = await fetch(url);
        return [answer.status, await answer.json()];
    };
    assert.deepEqual(await asked(await client.dataset(id).createItemsPublicUrl()), [200, [{ n: 1 }]]);
    const short = await client.dataset(id).createItemsPublicUrl({ expiresInSecs: 60, limit: 1 });
    assert.deepEqual(await asked(short), [200, [{ n: 1 }]]);
    const [status, { error }] = await asked(`${server.url}/v2/datasets/${id}/items`);
    assert.deepEqual([status, error.type], [403, 'insufficient-permissions']);
    const over = await client.dataset(id).createItemsPublicUrl({ expiresInSecs: -60 });
    assert.equal((await asked(over))[0], 403);
});
