// Runs in a browser, on a page of another origin than the server's.

/** Tries what the server must not let happen, then what it must. */
export async function attack({ name, target, signed, record, token }) {
    const result = {};
    const read = async (what, url, options) => {
        try {
            const response = await fetch(url, options);
            result[what] = `${response.status} ${(await response.text()).slice(0, 10_000)}`;
        } catch {
            result[what] = 'kept out';
        }
    };
    const over = (element, url) => new Promise((resolve) => {
        element.onload = resolve;
        element.onerror = resolve;
        if (url) element.src = url;
    });
    const frame = () => {
        const element = document.createElement('iframe');
        element.name = `frame${document.querySelectorAll('iframe').length}`;
        return document.body.appendChild(element);
    };
    await read('list', `${target}/v2/datasets`);
    await read('guess', `${target}/v2/datasets`, { headers: { authorization: 'Bearer guess' } });
    await read('user', `${target}/v2/users/local`);
    await read('remove', `${target}/v2/datasets/~fetched`, { method: 'DELETE' });
    await read('overridden', `${target}/v2/datasets/~overridden?method=DELETE`);
    await read('push', `${target}/v2/datasets/~pushed/items`, { method: 'POST', body: '{"evil":1}' });
    await fetch(`${target}/v2/datasets/~pushed/items`, { method: 'POST', mode: 'no-cors', body: '{"evil":2}' }).catch(() => {});
    await over(new Image(), `${target}/v2/datasets/~pictured?method=DELETE`);
    const answer = frame();
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', action: `${target}/v2/datasets/~submitted?method=DELETE`, target: answer.name });
    document.body.appendChild(form);
    const submitted = over(answer);
    form.submit();
    await submitted;
    navigator.sendBeacon(`${target}/v2/datasets/~beacon/items`, '{"evil":3}');
    // A record that is a page with a script, shown where the API is. A script in
    // it would have run, and its request have been sent, before the next answers.
    await over(frame(), record);

    await read('signed', signed);
    const authorization = `Bearer ${token || 'any'}`;
    await read('listWithToken', `${target}/v2/datasets`, { headers: { authorization } });
    if (token) {
        await read('pushWithToken', `${target}/v2/datasets/~pushed/items`, {
            method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: '{"fair":1}',
        });
    }
    await fetch(`/report?name=${name}`, { method: 'POST', body: JSON.stringify(result) });
}
