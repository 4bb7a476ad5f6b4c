// An instance that does nothing but live.
setInterval(() => {}, 1_000);
process.send?.({ type: 'listening', at: 0, url: 'http://127.0.0.1:1/', instanceId: 'idle' });
